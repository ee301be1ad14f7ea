package dev.duet.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One finished epoch. All losses in nats per pair.
 *
 * @param epoch from 1
 * @param step steps since the run began
 * @param trainLoss under the β in force at each step
 * @param reconstruction weighted by a_S and λ_t; NaN in a stage that decodes nothing
 * @param kl of the shared codes, weighted by a_S, plus that of the private codes; without β
 * @param aligning the weighted contrast and cycle terms; NaN in a stage without them
 * @param validationLoss under the final β; NaN without validation data
 * @param seconds wall time of the epoch's steps
 * @param pairsPerSecond over those
 * @param terms mean of each term that the stage computes, by the names of {@link dev.duet.objective.Elbo#names()}
 * @param validationTerms likewise on the validation pairs; empty without
 */
public record EpochReport(
        int epoch,
        long step,
        double trainLoss,
        double reconstruction,
        double kl,
        double aligning,
        double validationLoss,
        double seconds,
        double pairsPerSecond,
        Map<String, Double> terms,
        Map<String, Double> validationTerms) {
    boolean decodes() {
        return !Double.isNaN(reconstruction);
    }

    boolean aligns() {
        return !Double.isNaN(aligning);
    }

    /** The lab's line; beside the training loss stand the parts that there are. */
    public String line() {
        List<String> parts = new ArrayList<>();
        if (decodes()) parts.add(String.format(Locale.ROOT, "rec=%.4f", reconstruction));
        parts.add(String.format(Locale.ROOT, "kl=%.4f", kl));
        if (aligns()) parts.add(String.format(Locale.ROOT, "align=%.4f", aligning));
        return String.format(
                Locale.ROOT,
                "epoch %d train_loss=%.4f (%s) val_loss=%.4f time=%.1fs (%.0f pairs/s)",
                epoch,
                trainLoss,
                String.join(", ", parts),
                validationLoss,
                seconds,
                pairsPerSecond);
    }
}
