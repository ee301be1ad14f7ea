package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Op;
import dev.duet.backend.Shards;
import dev.duet.data.ImageSet;
import dev.duet.model.Chain;
import dev.duet.model.JointVae;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import dev.duet.train.Inputs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Posterior means of the shared code, without decoding: each modality's alone and the joint one's. */
final class LatentEncoder {
    /** @param codes of modality 0, (n·B, Z + W_0): all posteriors decode it, so s is there n times */
    private record Shard(int first, int rows, List<Op> ops, Tensor codes) {
        void run() {
            for (Op op : ops) op.forward();
        }
    }

    private final Backend backend;
    private final JointVae vae;
    private final LatentSpec posteriors;
    private final Inputs inputs;
    private final int batch;
    private final Map<Integer, List<Shard>> plans = new HashMap<>(); // by batch size

    /** @param sets per modality its images, at the modality's size and channels */
    LatentEncoder(Backend backend, JointVae vae, List<ImageSet> sets, int batch) {
        this.backend = backend;
        this.vae = vae;
        this.batch = batch;
        posteriors = Posteriors.of(vae.latent());
        inputs = Inputs.resident(backend, sets, batch);
    }

    /**
     * @param pairs (M, N) indices into the sets
     * @return per posterior of {@link Posteriors} the means of s, (N, Z)
     */
    List<Points> means(int[][] pairs) {
        int count = pairs[0].length;
        int subsets = posteriors.subsets().size();
        float[][] out = new float[subsets][count * posteriors.shared()];
        for (int from = 0; from < count; from += batch) {
            int rows = Math.min(batch, count - from);
            List<Shard> shards = plans.computeIfAbsent(rows, this::plan);
            inputs.select(pairs, from, rows);
            backend.forEachShard(shards.size(), s -> shards.get(s).run());
            for (Shard shard : shards) copy(shard, from, out);
        }
        List<Points> points = new ArrayList<>();
        for (float[] values : out) points.add(Points.of(values, count, posteriors.shared()));
        return points;
    }

    private void copy(Shard shard, int from, float[][] out) {
        float[] codes = new float[shard.codes.shape().size()];
        backend.read(shard.codes, codes);
        int columns = posteriors.codeColumns(0);
        int z = posteriors.shared();
        for (int i = 0; i < out.length; i++) {
            for (int b = 0; b < shard.rows; b++) {
                int row = from + shard.first + b;
                System.arraycopy(codes, (i * shard.rows + b) * columns, out[i], row * z, z);
            }
        }
    }

    private List<Shard> plan(int rows) {
        int shards = backend.shards(rows);
        List<Shard> plan = new ArrayList<>();
        for (int s = 0; s < shards; s++) plan.add(shard(Shards.first(rows, shards, s), Shards.rows(rows, shards, s)));
        return plan;
    }

    private Shard shard(int first, int rows) {
        List<Op> ops = new ArrayList<>();
        List<Variable> heads = new ArrayList<>();
        List<Variable> codes = new ArrayList<>();
        for (int m = 0; m < vae.modalities(); m++) {
            Shape image = vae.image(m);
            Tensor x = backend.tensor("x." + m, Shape.of(rows, image.get(0), image.get(1), image.get(2)));
            ops.add(backend.gather(inputs.images().get(m), inputs.indices().get(m), first, x));
            Chain encoder = vae.encoder(m).chain(backend, vae.parameters(), 0, Variable.constant(x), false);
            ops.add(encoder);
            heads.add(encoder.output());
            Shape code = Shape.of(posteriors.subsets().size() * rows, posteriors.codeColumns(m));
            codes.add(backend.variable("code." + m, code, false));
        }
        Tensor eps = backend.tensor("eps", Shape.of(rows, posteriors.noiseColumns())); // zeros: the means
        Tensor terms = backend.tensor("terms", Shape.of(posteriors.terms()));
        ops.add(backend.latent(posteriors, heads, eps, codes, terms));
        return new Shard(first, rows, ops, codes.get(0).value());
    }
}
