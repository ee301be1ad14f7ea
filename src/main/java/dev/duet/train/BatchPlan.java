package dev.duet.train;

import dev.duet.backend.Backend;
import dev.duet.backend.Op;
import dev.duet.backend.Shards;
import dev.duet.model.JointVae;
import dev.duet.objective.Elbo;
import java.util.List;
import java.util.function.IntConsumer;

/** All shards of one batch size, made before the first step. */
public final class BatchPlan {
    private final Backend backend;
    private final TrainStep[] shards;
    private final int batch;
    private final IntConsumer forward;
    private final IntConsumer forwardAtMean;
    private final IntConsumer forwardBackward;
    private final Op update; // null unless training
    private final float[] shardTerms; // (K) scratch

    public BatchPlan(Backend backend, JointVae vae, Elbo elbo, Inputs source, int batch, TrainStep.Mode mode) {
        this.backend = backend;
        this.batch = batch;
        shards = new TrainStep[backend.shards(batch)];
        for (int s = 0; s < shards.length; s++) {
            shards[s] = new TrainStep(backend, vae, elbo, source, firstRow(s), rows(s), s, mode);
        }
        forward = s -> shards[s].forward();
        forwardAtMean = s -> shards[s].forwardAtMean();
        forwardBackward = s -> {
            shards[s].forward();
            shards[s].backward();
        };
        update = mode == TrainStep.Mode.TRAIN ? backend.adam(vae.parameters(), shards.length) : null;
        shardTerms = new float[elbo.terms()];
    }

    /** Terms, and decoded means when reconstructing, with samples from the posteriors. */
    public void evaluate() {
        backend.forEachShard(shards.length, forward);
    }

    /** {@link #evaluate} at the posterior means. */
    public void evaluateAtMean() {
        backend.forEachShard(shards.length, forwardAtMean);
    }

    /** Terms and gradients. */
    public void gradients() {
        backend.forEachShard(shards.length, forwardBackward);
    }

    /** One Adam update from the gradients, summed in shard order. */
    public void update() {
        update.forward();
    }

    /** Adds the batch's terms to {@code sums} (K), in shard order; nats. */
    public void addTermsTo(double[] sums) {
        for (TrainStep shard : shards) {
            backend.read(shard.terms(), shardTerms);
            for (int k = 0; k < sums.length; k++) sums[k] += shardTerms[k];
        }
    }

    /** The shards in order, for reading what they computed. */
    public List<TrainStep> shards() {
        return List.of(shards);
    }

    /** Row of the batch at which shard {@code s} starts. */
    public int firstRow(int s) {
        return Shards.first(batch, shards.length, s);
    }

    /** B of shard {@code s}. */
    public int rows(int s) {
        return Shards.rows(batch, shards.length, s);
    }
}
