package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.backend.LatentSpec;
import dev.duet.measure.GaussianMixture;
import dev.duet.measure.Points;
import dev.duet.tensor.Philox;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where codes come from that no image gives: s and every w_t of samples, w_t of the target of a translation.
 *
 * @param name what tables and figures call it
 * @param shared draws s
 * @param privates per modality draws w_t
 */
public record CodeSource(String name, Draw shared, List<Styles> privates) {
    /** Name of the source that models are trained with. */
    static final String PRIOR = "N(0, I)";

    /** Mixed into the seed with t + 1 times this, so that the codes of one sample come from independent streams. */
    private static final long PRIVATE_KEY = 0x5052495641544531L;

    /** A stream of s. */
    @FunctionalInterface
    public interface Draw {
        /**
         * Codes {@code first} to {@code first + count} of the stream of {@code seed}, the same whatever the batches.
         *
         * @return (count, Z), row-major
         */
        float[] codes(long seed, int first, int count);
    }

    /** A stream of w_t for given s. */
    @FunctionalInterface
    public interface Styles {
        /**
         * Codes {@code first} and on of the stream of {@code seed}, the same whatever the batches.
         *
         * @param shared s of each, (count, Z) row-major
         * @return (count, W_t), row-major
         */
        float[] codes(float[] shared, long seed, int first);
    }

    public CodeSource {
        privates = List.copyOf(privates);
    }

    /** N(0, I), which the model was trained with. */
    public static CodeSource prior(LatentSpec latent) {
        return prior(latent, 1);
    }

    /**
     * s from N(0, τ² I), every w_t from N(0, I).
     *
     * @param temperature τ, 0 or more
     * @throws DuetException if it is negative or not finite
     */
    public static CodeSource prior(LatentSpec latent, double temperature) {
        if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new DuetException("prior: expected a sampling temperature of 0 or more, got " + temperature);
        }
        List<Styles> privates = new ArrayList<>();
        int column = latent.shared();
        for (int width : latent.privates()) {
            privates.add(whateverTheShared(latent, normals(latent, column, width, 1)));
            column += width;
        }
        return new CodeSource(PRIOR, normals(latent, 0, latent.shared(), temperature), privates);
    }

    /** Columns {@code column} to {@code column + width} of the prior's normals, times {@code scale}: a sample takes Z + Σ W_t. */
    private static Draw normals(LatentSpec latent, int column, int width, double scale) {
        int all = Sampler.normals(latent);
        return (seed, first, count) -> {
            float[] out = new float[Math.multiplyExact(count, width)];
            for (int i = 0; i < count; i++) {
                long index = (long) (first + i) * all + column;
                for (int d = 0; d < width; d++)
                    out[i * width + d] = (float) (scale * Philox.normal(seed, Philox.Stream.PRIOR, 0, index + d));
            }
            return out;
        };
    }

    /**
     * Fitted mixtures.
     *
     * @param temperature factor of the standard deviations of s
     * @throws DuetException if one is of codes of another width
     */
    public static CodeSource fitted(LatentSpec latent, CodeMixtures mixtures, double temperature) {
        GaussianMixture shared = mixtures.shared();
        requireWidth("shared codes", shared, latent.shared());
        List<Styles> privates = new ArrayList<>();
        int z = latent.shared();
        for (int t = 0; t < latent.modalities(); t++) {
            GaussianMixture mixture = mixtures.privates().get(t);
            long key = PRIVATE_KEY * (t + 1);
            boolean none = latent.privates().get(t) == 0;
            if (!none) requireWidth("shared and private codes of modality " + t, mixture, latent.codeColumns(t));
            privates.add((s, seed, first) ->
                    none ? new float[0] : mixture.sampleRest(Points.of(s, s.length / z, z), seed ^ key, first));
        }
        return new CodeSource(
                "fitted mixture", (seed, first, count) -> shared.sample(seed, first, count, temperature), privates);
    }

    private static void requireWidth(String codes, GaussianMixture mixture, int width) {
        int got = mixture == null ? 0 : mixture.width();
        if (got == width) return;
        throw new DuetException("sampler: expected a mixture of " + codes + " of " + width + " dimensions, got "
                + (got == 0 ? "none" : "one of " + got) + "; fit it to codes of this model");
    }

    /**
     * Codes that are drawn already, such as samples of posteriors; the seed has no part in it.
     *
     * @param shared (N, Z) row-major
     * @param privates per modality (N, W_t)
     */
    public static CodeSource given(String name, LatentSpec latent, float[] shared, List<float[]> privates) {
        List<Styles> draws = new ArrayList<>();
        for (int t = 0; t < latent.modalities(); t++)
            draws.add(whateverTheShared(
                    latent, given(privates.get(t), latent.privates().get(t))));
        return new CodeSource(name, given(shared, latent.shared()), draws);
    }

    private static Styles whateverTheShared(LatentSpec latent, Draw draw) {
        return (s, seed, first) -> draw.codes(seed, first, s.length / latent.shared());
    }

    private static Draw given(float[] codes, int width) {
        return (seed, first, count) -> Arrays.copyOfRange(codes, first * width, (first + count) * width);
    }

    /**
     * Whole codes of modality {@code t}: rows of s, each before a row of w_t.
     *
     * @param shared (N, Z)
     * @param privates (N, W_t)
     * @return (N, Z + W_t)
     */
    static float[] joined(LatentSpec latent, int t, float[] shared, float[] privates) {
        int w = latent.privates().get(t);
        if (w == 0) return shared.clone();
        int count = shared.length / latent.shared();
        return Points.of(shared, count, latent.shared())
                .beside(Points.of(privates, count, w))
                .toArray();
    }
}
