package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.data.ImageSet;
import dev.duet.model.JointVae;
import dev.duet.model.ModalitySpec;
import dev.duet.objective.Elbo;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.train.BatchPlan;
import dev.duet.train.Inputs;
import dev.duet.train.StageObjective;
import dev.duet.train.TrainStep;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Runs pairs of images forward through the model: codes, decoded means and ELBO terms, batch by batch. With subsets of its
 * own choosing one pass gives reconstructions ({m} decodes m), translations ({m} decodes t) and joint posteriors alike.
 */
public final class Inference {
    /** Mixed into the seed, so that evaluation's noise is never training's. */
    private static final long NOISE_KEY = 0x4556414C55415445L;

    private final Backend backend;
    private final JointVae vae;
    private final Elbo elbo;
    private final Inputs inputs;
    private final int batch;
    private final TrainStep.Mode mode;
    private final Map<Integer, BatchPlan> plans = new HashMap<>(); // by batch size: the full one and the ragged last

    /** What one batch of B pairs computed; block i, rows [i·B, (i+1)·B), is the i-th subset's. Arrays are fresh copies. */
    public interface Rows {
        /** Index of the first pair. */
        int first();

        /** B. */
        int count();

        /** Heads of modality {@code m}, row-major (B, 2Z + 2W_m): mu, logVar, private mu, private logVar. */
        float[] heads(int m);

        /** Codes of modality {@code t}, row-major (n_t·B, Z + W_t). */
        float[] codes(int t);

        /** Decoded means of modality {@code t} in [0, 1], (n_t·B, C, H, W). */
        float[] means(int t);
    }

    /** Receives all batches in order. */
    public interface Visitor {
        void visit(Rows rows);
    }

    /**
     * @param latent subsets to evaluate; dimensions as the model's
     * @param sets per modality its images, already at the modality's size and channels, or null where none are given
     * @param batch rows computed at once
     */
    public Inference(Backend backend, JointVae vae, LatentSpec latent, List<ImageSet> sets, int batch) {
        this(backend, vae, latent, sets, batch, TrainStep.Mode.RECONSTRUCT);
    }

    /** @param mode {@code RECONSTRUCT}, or {@code ENCODE} for codes without decoded means */
    Inference(Backend backend, JointVae vae, LatentSpec latent, List<ImageSet> sets, int batch, TrainStep.Mode mode) {
        this.backend = backend;
        this.vae = vae;
        this.batch = batch;
        this.mode = mode;
        List<ModalitySpec> modalities = vae.spec().modalities();
        elbo = new Elbo(
                latent,
                modalities.stream().map(ModalitySpec::name).toList(),
                modalities.stream().mapToDouble(ModalitySpec::weight).toArray());
        inputs = Inputs.resident(backend, sets, batch);
    }

    /** Names and weights of the terms that {@link #run} returns. */
    public Elbo elbo() {
        return elbo;
    }

    /**
     * One sample from each posterior of each pair.
     *
     * @param pairs (M, N) indices into the sets
     * @param seed of the noise; batch i of the run is step i
     * @return (K) terms summed over the pairs, nats
     */
    public double[] sample(int[][] pairs, long seed, Visitor visitor) {
        backend.scalars().seed = seed ^ NOISE_KEY;
        return run(pairs, visitor, true);
    }

    /** The posterior means in place of samples. */
    public double[] mean(int[][] pairs, Visitor visitor) {
        return run(pairs, visitor, false);
    }

    private double[] run(int[][] pairs, Visitor visitor, boolean sample) {
        double[] sums = new double[elbo.terms()];
        int count = pairs[0].length;
        for (int from = 0; from < count; from += batch) {
            int rows = Math.min(batch, count - from);
            BatchPlan plan = plans.computeIfAbsent(
                    rows, n -> new BatchPlan(backend, vae, StageObjective.of(elbo), inputs, n, mode));
            inputs.select(pairs, from, rows);
            backend.scalars().step = from / batch;
            if (sample) plan.evaluate();
            else plan.evaluateAtMean();
            plan.addTermsTo(sums);
            visitor.visit(new BatchRows(backend, plan, from, rows));
        }
        return sums;
    }

    private record BatchRows(Backend backend, BatchPlan plan, int first, int count) implements Rows {
        @Override
        public float[] heads(int m) {
            return read(step -> step.head(m));
        }

        @Override
        public float[] codes(int t) {
            return read(step -> step.code(t));
        }

        @Override
        public float[] means(int t) {
            return read(step -> step.mean(t));
        }

        /** The shards' blocks (n_t·rows, …) joined to blocks of the whole batch. */
        private float[] read(Function<TrainStep, Tensor> tensor) {
            Shape first = tensor.apply(plan.shards().get(0)).shape();
            int blocks = first.get(0) / plan.rows(0);
            int row = first.size() / first.get(0);
            float[] out = new float[blocks * count * row];
            backend.forEachShard(plan.shards().size(), s -> {
                int block = plan.rows(s) * row;
                float[] values = new float[blocks * block];
                backend.read(tensor.apply(plan.shards().get(s)), values);
                for (int i = 0; i < blocks; i++)
                    System.arraycopy(values, i * block, out, (i * count + plan.firstRow(s)) * row, block);
            });
            return out;
        }
    }
}
