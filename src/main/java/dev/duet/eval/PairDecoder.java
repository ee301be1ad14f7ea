package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.data.ImageSet;
import dev.duet.model.JointVae;
import java.util.List;

/** Decodes a few pairs from every posterior and keeps all results: for pictures, not for measuring. */
final class PairDecoder {
    private final JointVae vae;
    private final LatentSpec posteriors;
    private final Inference inference;

    /**
     * @param means [posterior][modality]: (n, C, H, W) in [0, 1]
     * @param codes [posterior][modality]: (n, Z + W_t)
     */
    @SuppressWarnings("ArrayRecordComponent") // a parcel, never compared
    record Decoded(float[][][] means, float[][][] codes) {
        /** Of the joint posterior, per modality (n, Z + W_t). */
        float[][] jointCodes() {
            return codes[codes.length - 1];
        }
    }

    PairDecoder(Backend backend, JointVae vae, List<ImageSet> sets, int batch) {
        this.vae = vae;
        posteriors = Posteriors.of(vae.latent());
        inference = new Inference(backend, vae, posteriors, sets, batch);
    }

    /** At the posterior means of {@code pairs} (M, n). */
    Decoded means(int[][] pairs) {
        Decoded out = empty(pairs[0].length);
        inference.mean(pairs, rows -> copy(rows, out));
        return out;
    }

    /** One sample of each posterior of {@code pairs} (M, n). */
    Decoded samples(int[][] pairs, long seed) {
        Decoded out = empty(pairs[0].length);
        inference.sample(pairs, seed, rows -> copy(rows, out));
        return out;
    }

    private Decoded empty(int count) {
        int subsets = posteriors.subsets().size();
        Decoded out = new Decoded(new float[subsets][vae.modalities()][], new float[subsets][vae.modalities()][]);
        for (int t = 0; t < vae.modalities(); t++) {
            for (int s = 0; s < subsets; s++) {
                out.means[s][t] = new float[count * vae.image(t).size()];
                out.codes[s][t] = new float[count * posteriors.codeColumns(t)];
            }
        }
        return out;
    }

    private void copy(Inference.Rows rows, Decoded out) {
        for (int t = 0; t < vae.modalities(); t++) {
            float[] means = rows.means(t);
            float[] codes = rows.codes(t);
            for (int s = 0; s < out.means.length; s++) {
                block(rows, means, s, vae.image(t).size(), out.means[s][t]);
                block(rows, codes, s, posteriors.codeColumns(t), out.codes[s][t]);
            }
        }
    }

    private static void block(Inference.Rows rows, float[] values, int block, int size, float[] out) {
        System.arraycopy(values, block * rows.count() * size, out, rows.first() * size, rows.count() * size);
    }
}
