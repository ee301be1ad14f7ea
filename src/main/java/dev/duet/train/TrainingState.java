package dev.duet.train;

import dev.duet.objective.Elbo;
import dev.duet.run.Checkpoint;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where training stands between two steps; all of it is in the checkpoint. */
final class TrainingState {
    /** Key of {@link #epochLoss} among a checkpoint's epoch sums; the others are the names of the terms. */
    private static final String LOSS = "loss";

    private final Elbo elbo;

    long step; // since the run began
    int epoch; // epochs completed
    int stage;
    long stepInStage;
    int stepInEpoch;
    final double[] epochTerms; // (K) summed over the epoch's pairs so far, nats
    double epochLoss; // summed under each step's β, nats
    double bestValidationLoss = Double.POSITIVE_INFINITY; // nats per pair

    TrainingState(Elbo elbo) {
        this.elbo = elbo;
        epochTerms = new double[elbo.terms()];
    }

    /** Counts one step whose batch had the given terms (K) and loss, nats. */
    void addStep(double[] terms, double loss) {
        for (int k = 0; k < terms.length; k++) epochTerms[k] += terms[k];
        epochLoss += loss;
        step++;
        stepInStage++;
        stepInEpoch++;
    }

    /** Counts the stage under way as completed: its best validation loss is another objective's than the next one's. */
    void finishStage() {
        stage++;
        stepInStage = 0;
        bestValidationLoss = Double.POSITIVE_INFINITY;
    }

    /** Counts the epoch under way as completed. */
    void finishEpoch() {
        epoch++;
        stepInEpoch = 0;
        epochLoss = 0;
        Arrays.fill(epochTerms, 0);
    }

    Checkpoint.Progress toProgress(long seed) {
        Map<String, Double> sums = new LinkedHashMap<>();
        for (int k = 0; k < epochTerms.length; k++) sums.put(elbo.names().get(k), epochTerms[k]);
        sums.put(LOSS, epochLoss);
        return new Checkpoint.Progress(step, epoch, stage, stepInStage, stepInEpoch, sums, bestValidationLoss, seed);
    }

    void restore(Checkpoint.Progress saved) {
        step = saved.step();
        epoch = saved.epoch();
        stage = saved.stage();
        stepInStage = saved.stepInStage();
        stepInEpoch = Math.toIntExact(saved.stepInEpoch());
        bestValidationLoss = saved.bestValidationLoss();
        epochLoss = saved.epochSums().getOrDefault(LOSS, 0.0);
        for (int k = 0; k < epochTerms.length; k++)
            epochTerms[k] = saved.epochSums().getOrDefault(elbo.names().get(k), 0.0);
    }
}
