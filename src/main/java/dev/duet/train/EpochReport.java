package dev.duet.train;

import java.util.Locale;
import java.util.Map;

/**
 * One finished epoch. All losses in nats per pair.
 *
 * @param epoch from 1
 * @param step steps since the run began
 * @param trainLoss under the β in force at each step
 * @param reconstruction weighted by a_S and λ_t
 * @param kl of the shared codes, weighted by a_S, plus that of the private codes; without β
 * @param validationLoss under the final β; NaN without validation data
 * @param seconds wall time of the epoch's steps
 * @param pairsPerSecond over those
 * @param terms each term's mean, by the names of {@link dev.duet.objective.Elbo#names()}
 * @param validationTerms likewise on the validation pairs; empty without
 */
public record EpochReport(
        int epoch,
        long step,
        double trainLoss,
        double reconstruction,
        double kl,
        double validationLoss,
        double seconds,
        double pairsPerSecond,
        Map<String, Double> terms,
        Map<String, Double> validationTerms) {
    /** The lab's line. */
    public String line() {
        return String.format(
                Locale.ROOT,
                "epoch %d train_loss=%.4f (rec=%.4f, kl=%.4f) val_loss=%.4f time=%.1fs (%.0f pairs/s)",
                epoch,
                trainLoss,
                reconstruction,
                kl,
                validationLoss,
                seconds,
                pairsPerSecond);
    }
}
