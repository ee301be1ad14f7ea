package dev.duet.train;

/** Where training stands, for progress displays. One object, updated in place after each step. */
public final class TrainingProgress {
    int epoch;
    int epochs;
    long step;
    long steps;
    long pairsPerStep;
    double loss;
    double[] reconstruction; // (M)
    double kl;
    double aligning;

    /** The epoch under way, from 1. */
    public int epoch() {
        return epoch;
    }

    /** Epochs of the whole run. */
    public int epochs() {
        return epochs;
    }

    /** Steps done since the run began. */
    public long step() {
        return step;
    }

    /** Steps of the whole run. */
    public long steps() {
        return steps;
    }

    /** Pairs of a full batch. */
    public long pairsPerStep() {
        return pairsPerStep;
    }

    /** Mean loss of the epoch so far, nats per pair. */
    public double loss() {
        return loss;
    }

    /** Mean weighted reconstruction term of modality {@code t} in the epoch so far, nats per pair; NaN if nothing is decoded. */
    public double reconstruction(int t) {
        return reconstruction[t];
    }

    /** Mean KL of the epoch so far, nats per pair. */
    public double kl() {
        return kl;
    }

    /** Mean of what is added to the ELBO, in the epoch so far, per pair; NaN if nothing is. */
    public double aligning() {
        return aligning;
    }
}
