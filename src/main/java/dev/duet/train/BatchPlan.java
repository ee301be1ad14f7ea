package dev.duet.train;

import dev.duet.backend.Backend;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.Op;
import dev.duet.model.JointVae;
import dev.duet.objective.Elbo;
import java.util.List;
import java.util.function.IntConsumer;

/** All shards of one batch size, made before the first step. */
final class BatchPlan {
    private static final double BETA_1 = 0.9;
    private static final double BETA_2 = 0.999;
    private static final double EPSILON = 1e-8;

    private final Backend backend;
    private final TrainStep[] shards;
    private final IntConsumer forward;
    private final IntConsumer forwardBackward;
    private final Op update; // null without training
    private final float[] shardTerms; // (K) scratch

    BatchPlan(
            Backend backend,
            JointVae vae,
            Elbo elbo,
            List<Images> images,
            List<Indices> indices,
            int batch,
            boolean training) {
        this.backend = backend;
        shards = new TrainStep[backend.shards(batch)];
        for (int s = 0; s < shards.length; s++) {
            int from = (int) ((long) batch * s / shards.length);
            int to = (int) ((long) batch * (s + 1) / shards.length);
            shards[s] = new TrainStep(backend, vae, elbo, images, indices, from, to - from, s, training);
        }
        forward = s -> shards[s].forward();
        forwardBackward = s -> {
            shards[s].forward();
            shards[s].backward();
        };
        update = training ? backend.adam(vae.parameters(), shards.length, BETA_1, BETA_2, EPSILON) : null;
        shardTerms = new float[elbo.terms()];
    }

    /** Terms only. */
    void evaluate() {
        backend.forEachShard(shards.length, forward);
    }

    /** Terms and gradients. */
    void gradients() {
        backend.forEachShard(shards.length, forwardBackward);
    }

    /** One Adam update from the gradients, summed in shard order. */
    void update() {
        update.forward();
    }

    /** Adds the batch's terms to {@code sums} (K), in shard order; nats. */
    void addTermsTo(double[] sums) {
        for (TrainStep shard : shards) {
            backend.read(shard.terms(), shardTerms);
            for (int k = 0; k < sums.length; k++) sums[k] += shardTerms[k];
        }
    }
}
