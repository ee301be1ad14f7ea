package dev.duet.train;

import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.model.JointVae;
import java.util.Arrays;
import java.util.List;

/** The loss on a fixed list of pairs, with noise that is the same at each call. */
public final class Validation {
    /** Mixed into the seed, so that validation noise is never training noise. */
    private static final long NOISE_KEY = 0x56414C4944415445L;

    private final Backend backend;
    private final Inputs inputs;
    private final int[][] pairs; // (M, N)
    private final int batch;
    private final BatchPlan full;
    private final BatchPlan ragged; // null where the last batch is a full one
    private final long seed;
    private final double[] sums; // (K)

    /**
     * @param sets per modality the images that {@code pairs} index
     * @param pairs (M, N), N at least 1
     */
    public Validation(
            Backend backend,
            JointVae vae,
            StageObjective stage,
            List<ImageSet> sets,
            int[][] pairs,
            int batch,
            long seed) {
        this.backend = backend;
        this.pairs = pairs;
        this.batch = Math.min(batch, pairs[0].length);
        this.seed = seed ^ NOISE_KEY;
        inputs = Inputs.resident(backend, sets, this.batch);
        int rest = pairs[0].length % this.batch;
        full = new BatchPlan(backend, vae, stage, inputs, this.batch, TrainStep.Mode.EVALUATE);
        ragged = rest == 0 ? null : new BatchPlan(backend, vae, stage, inputs, rest, TrainStep.Mode.EVALUATE);
        sums = new double[stage.elbo().terms()];
    }

    /** Mean terms (K), nats per pair, one posterior sample each. */
    public double[] meanTerms() {
        backend.scalars().seed = seed;
        Arrays.fill(sums, 0);
        int count = pairs[0].length;
        for (int i = 0; i < count / batch; i++) {
            if (full.pending() == backend.stepsInFlight()) full.addTermsTo(sums);
            evaluate(full, i, batch);
        }
        drain(full);
        if (ragged != null) {
            evaluate(ragged, count / batch, count % batch);
            drain(ragged);
        }
        double[] means = sums.clone();
        for (int k = 0; k < means.length; k++) means[k] /= count;
        return means;
    }

    private void evaluate(BatchPlan plan, int index, int rows) {
        inputs.select(pairs, index * batch, rows);
        backend.scalars().step = index;
        plan.evaluate();
    }

    private void drain(BatchPlan plan) {
        while (plan.pending() > 0) plan.addTermsTo(sums);
    }
}
