package dev.duet.train;

import dev.duet.backend.Backend;
import dev.duet.backend.Op;
import dev.duet.backend.Readback;
import dev.duet.backend.Shards;
import dev.duet.model.JointVae;
import dev.duet.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * All shards of one batch size, made before the first step, and the programs over them. A shard holds whole groups of the stage's
 * contrast: a device that would cut smaller ones has fewer. Each run's terms wait for {@link #addTermsTo}, so that up to {@link
 * Backend#stepsInFlight} runs may be given to the device before the first is looked at.
 */
public final class BatchPlan {
    private final TrainStep[] shards;
    private final int batch;
    private final int group; // rows
    private final int groups; // the last one may be smaller
    private final Runnable evaluation;
    private final Runnable evaluationAtMean;
    private final Runnable step; // null unless training
    private final Readback terms;
    private final float[][] shardTerms; // (shards, K) scratch

    public BatchPlan(
            Backend backend, JointVae vae, StageObjective stage, Inputs source, int batch, TrainStep.Mode mode) {
        this.batch = batch;
        group = stage.group();
        groups = (batch + group - 1) / group;
        shards = new TrainStep[Math.min(backend.shards(batch), groups)];
        for (int s = 0; s < shards.length; s++) {
            shards[s] = new TrainStep(backend, vae, stage, source, firstRow(s), rows(s), s, mode);
        }
        evaluation = program(backend, "evaluation", s -> shards[s].forward());
        evaluationAtMean = program(backend, "evaluation at the means", s -> shards[s].forwardAtMean());
        step = mode == TrainStep.Mode.TRAIN ? step(backend, vae) : null;
        List<Tensor> outputs = Arrays.stream(shards).map(TrainStep::terms).toList();
        terms = backend.readback(outputs, backend.stepsInFlight());
        shardTerms = new float[shards.length][stage.elbo().terms()];
    }

    private Runnable program(Backend backend, String name, IntConsumer shard) {
        return backend.program(name(name), () -> backend.forEachShard(shards.length, shard));
    }

    private Runnable step(Backend backend, JointVae vae) {
        Op update = backend.adam(vae.parameters(), shards.length);
        IntConsumer gradients = s -> {
            shards[s].forward();
            shards[s].backward();
        };
        return backend.program(name("step"), () -> {
            backend.forEachShard(shards.length, gradients);
            update.forward();
        });
    }

    private String name(String what) {
        return what + " of " + batch + " pairs";
    }

    /** Terms, and decoded means when reconstructing, with samples from the posteriors. */
    public void evaluate() {
        run(evaluation);
    }

    /** {@link #evaluate} at the posterior means. */
    public void evaluateAtMean() {
        run(evaluationAtMean);
    }

    /** Terms, gradients, and one Adam update from the gradients, summed in shard order. */
    public void step() {
        run(step);
    }

    private void run(Runnable program) {
        program.run();
        terms.request();
    }

    /** Runs whose terms wait. */
    public int pending() {
        return terms.pending();
    }

    /** Adds the terms of the oldest run that waits to {@code sums} (K), in shard order; nats. Waits for the device. */
    public void addTermsTo(double[] sums) {
        terms.take(shardTerms);
        for (float[] shard : shardTerms) for (int k = 0; k < sums.length; k++) sums[k] += shard[k];
    }

    /** The shards in order, for reading what they computed. */
    public List<TrainStep> shards() {
        return List.of(shards);
    }

    /** Row of the batch at which shard {@code s} starts; for the number of shards the batch. */
    public int firstRow(int s) {
        return Math.min(batch, group * Shards.first(groups, shards.length, s));
    }

    /** B of shard {@code s}. */
    public int rows(int s) {
        return firstRow(s + 1) - firstRow(s);
    }
}
