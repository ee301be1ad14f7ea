package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.data.ImageSet;
import dev.duet.measure.Points;
import dev.duet.model.JointVae;
import dev.duet.train.TrainStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/** Codes of images, without decoding: posterior means, or one sample of each posterior. */
final class LatentEncoder {
    private final LatentSpec posteriors;
    private final Inference inference;

    /**
     * @param shared per posterior of {@link Posteriors} its s, (N, Z)
     * @param privates w of each modality that has one, by its index, (N, W)
     */
    record Codes(List<Points> shared, Map<Integer, Points> privates) {
        /** s of the joint posterior, or of the only modality's. */
        Points joint() {
            return shared.get(shared.size() - 1);
        }

        /** s of the joint posterior and w of modality {@code t}, which has one: (N, Z + W_t). */
        Points whole(int t) {
            return joint().beside(privates.get(t));
        }

        /** The aggregate posterior: samples of s, each with the w_t of its own pair. */
        CodeSource aggregate(LatentSpec latent) {
            List<float[]> styles = new ArrayList<>();
            for (int t = 0; t < latent.modalities(); t++)
                styles.add(privates.containsKey(t) ? privates.get(t).toArray() : new float[0]);
            return CodeSource.given("aggregate posterior", latent, joint().toArray(), styles);
        }
    }

    /** @param sets per modality its images, at the modality's size and channels */
    LatentEncoder(Backend backend, JointVae vae, List<ImageSet> sets, int batch) {
        posteriors = Posteriors.of(vae.latent());
        inference = new Inference(backend, vae, posteriors, sets, batch, TrainStep.Mode.ENCODE);
    }

    /** Means of s alone: {@link Codes#shared} of {@link #meanCodes}. */
    List<Points> means(int[][] pairs) {
        return meanCodes(pairs).shared();
    }

    /** @param pairs (M, N) indices into the sets */
    Codes meanCodes(int[][] pairs) {
        Gathered gathered = new Gathered(pairs[0].length);
        inference.mean(pairs, gathered::copy);
        return gathered.codes();
    }

    /** One sample of each posterior; {@code seed} of the noise. */
    Codes sampleCodes(int[][] pairs, long seed) {
        return sampleCodes(pairs, seed, encoded -> {});
    }

    /** @param encoded told after each batch how many pairs there are */
    Codes sampleCodes(int[][] pairs, long seed, IntConsumer encoded) {
        Gathered gathered = new Gathered(pairs[0].length);
        inference.sample(pairs, seed, rows -> {
            gathered.copy(rows);
            encoded.accept(rows.first() + rows.count());
        });
        return gathered.codes();
    }

    /** Codes on their way. */
    private final class Gathered {
        private final int count; // N
        private final int z = posteriors.shared();
        private final float[][] shared; // per posterior (N, Z)
        private final float[][] privates; // per modality (N, W)

        Gathered(int count) {
            this.count = count;
            shared = new float[posteriors.subsets().size()][count * z];
            privates = new float[posteriors.modalities()][];
            for (int t = 0; t < privates.length; t++)
                privates[t] = new float[count * posteriors.privates().get(t)];
        }

        /** s from the codes of modality 0, (n·B, Z + W_0), which all posteriors decode; w_t from block t of its own code. */
        void copy(Inference.Rows rows) {
            float[] codes = rows.codes(0);
            for (int i = 0; i < shared.length; i++) part(rows, codes, 0, i, 0, shared[i]);
            for (int t = 0; t < privates.length; t++)
                if (privates[t].length > 0) part(rows, rows.codes(t), t, t, z, privates[t]);
        }

        /** Columns of block {@code block} of modality {@code t}'s codes from {@code column} on. */
        private void part(Inference.Rows rows, float[] codes, int t, int block, int column, float[] out) {
            int width = out.length / count;
            for (int b = 0; b < rows.count(); b++) {
                int row = (block * rows.count() + b) * posteriors.codeColumns(t);
                System.arraycopy(codes, row + column, out, (rows.first() + b) * width, width);
            }
        }

        Codes codes() {
            List<Points> of = new ArrayList<>();
            for (float[] values : shared) of.add(Points.of(values, count, z));
            Map<Integer, Points> own = new TreeMap<>();
            for (int t = 0; t < privates.length; t++)
                if (privates[t].length > 0)
                    own.put(
                            t,
                            Points.of(privates[t], count, posteriors.privates().get(t)));
            return new Codes(of, own);
        }
    }
}
