package dev.duet.train;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.model.JointVae;
import dev.duet.model.Network;

/**
 * What the parts of one shard's step are made of.
 *
 * @param firstRow first row of the batch that the shard takes
 * @param rows B
 * @param shard which gradient buffer is its own
 */
record StepContext(
        Backend backend, JointVae vae, StageObjective stage, int firstRow, int rows, int shard, TrainStep.Mode mode) {
    boolean trains() {
        return mode == TrainStep.Mode.TRAIN;
    }

    /** The subsets in force. */
    LatentSpec latent() {
        return stage.latent(mode);
    }

    /** Whether the latent part hands gradients down to the heads. */
    boolean encodersLearn() {
        return trains() && stage.encodersLearn(vae);
    }

    /** Whose gradients the ops of {@code network} write: the shard's, or nobody's if it does not learn. */
    int gradients(Network network) {
        return stage.gradients(network.name(), shard);
    }
}
