package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.measure.GaussianMixture;
import dev.duet.model.JointVae;
import dev.duet.tensor.Philox;
import java.util.ArrayList;
import java.util.List;

/** Samples from the prior N(0, I) or a fitted mixture: one shared code decoded in every modality, each with a private code of its own. */
public final class Sampler {
    private final LatentSpec latent;
    private final List<CodeDecoder> decoders = new ArrayList<>();

    /** @param batch samples decoded at once */
    public Sampler(Backend backend, JointVae vae, int batch) {
        latent = vae.latent();
        for (int t = 0; t < vae.modalities(); t++) decoders.add(new CodeDecoder(backend, vae, t, batch));
    }

    /**
     * Samples {@code first} to {@code first + count} of the stream of {@code seed}: the same whatever the batches.
     *
     * @return per modality the means, (count, C, H, W) in [0, 1]
     */
    public List<float[]> sample(long seed, int first, int count) {
        return decode(codes(latent, seed, first, count));
    }

    /**
     * As {@link #sample(long, int, int)}, with shared codes from a fitted sampler in place of N(0, I).
     *
     * @param temperature factor of the standard deviations of the shared code; private codes keep theirs
     * @throws DuetException if the mixture is of codes of another width
     */
    public List<float[]> sample(GaussianMixture mixture, double temperature, long seed, int first, int count) {
        return decode(codes(latent, mixture, temperature, seed, first, count));
    }

    /**
     * @param codes per modality (N, Z + W_t)
     * @return per modality the means, (N, C, H, W) in [0, 1]
     */
    public List<float[]> decode(List<float[]> codes) {
        List<float[]> out = new ArrayList<>();
        for (int t = 0; t < decoders.size(); t++) out.add(decode(t, codes.get(t)));
        return out;
    }

    /**
     * @param codes of modality {@code t}, (N, Z + W_t)
     * @return the means, (N, C, H, W) in [0, 1]
     */
    float[] decode(int t, float[] codes) {
        return decoders.get(t).decode(codes);
    }

    /** As the plain prior's codes, with s from {@code mixture}; the same private codes. */
    static List<float[]> codes(
            LatentSpec latent, GaussianMixture mixture, double temperature, long seed, int first, int count) {
        int z = latent.shared();
        if (mixture.width() != z) {
            throw new DuetException("sampler: expected a mixture of shared codes of " + z + " dimensions, got one of "
                    + mixture.width() + "; fit it to codes of this model");
        }
        float[] shared = mixture.sample(seed, first, count, temperature);
        List<float[]> out = codes(latent, seed, first, count);
        for (int t = 0; t < out.size(); t++) {
            int columns = latent.codeColumns(t);
            for (int i = 0; i < count; i++) System.arraycopy(shared, i * z, out.get(t), i * columns, z);
        }
        return out;
    }

    /** Per modality (count, Z + W_t): the same s, then w_t. Sample i takes normals i·R to (i + 1)·R, R = Z + Σ W_t. */
    static List<float[]> codes(LatentSpec latent, long seed, int first, int count) {
        int z = latent.shared();
        int normals = z;
        for (int w : latent.privates()) normals += w;
        List<float[]> out = new ArrayList<>();
        int firstPrivate = z;
        for (int t = 0; t < latent.modalities(); t++) {
            int columns = latent.codeColumns(t);
            float[] codes = new float[count * columns];
            for (int i = 0; i < count; i++) {
                for (int d = 0; d < columns; d++) {
                    long index = (long) (first + i) * normals + (d < z ? d : firstPrivate + d - z);
                    codes[i * columns + d] = (float) Philox.normal(seed, Philox.Stream.PRIOR, 0, index);
                }
            }
            out.add(codes);
            firstPrivate += latent.privates().get(t);
        }
        return out;
    }
}
