package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.backend.LatentSpec;
import dev.duet.measure.GaussianMixture;
import dev.duet.tensor.Philox;
import java.util.Arrays;

/**
 * Where the shared codes of samples come from.
 *
 * @param name what tables and figures call it
 */
public record SharedCodes(String name, Draw source) {
    /** A stream of codes. */
    @FunctionalInterface
    public interface Draw {
        /**
         * Codes {@code first} to {@code first + count} of the stream of {@code seed}, the same whatever the batches.
         *
         * @return (count, Z) row-major
         */
        float[] codes(long seed, int first, int count);
    }

    /** N(0, I), which the model was trained with. */
    public static SharedCodes prior(LatentSpec latent) {
        return prior(latent, 1);
    }

    /**
     * N(0, τ² I).
     *
     * @param temperature τ, 0 or more
     * @throws DuetException if it is negative or not finite
     */
    public static SharedCodes prior(LatentSpec latent, double temperature) {
        if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new DuetException("prior: expected a sampling temperature of 0 or more, got " + temperature);
        }
        int z = latent.shared();
        return new SharedCodes("N(0, I)", (seed, first, count) -> {
            float[] out = new float[Math.multiplyExact(count, z)];
            for (int i = 0; i < count; i++) {
                for (int d = 0; d < z; d++) {
                    long index = (long) (first + i) * Sampler.normals(latent) + d;
                    out[i * z + d] = (float) (temperature * Philox.normal(seed, Philox.Stream.PRIOR, 0, index));
                }
            }
            return out;
        });
    }

    /**
     * A fitted mixture.
     *
     * @param temperature factor of its standard deviations
     * @throws DuetException if it is of codes of another width
     */
    public static SharedCodes mixture(LatentSpec latent, GaussianMixture mixture, double temperature) {
        if (mixture.width() != latent.shared()) {
            throw new DuetException("sampler: expected a mixture of shared codes of " + latent.shared()
                    + " dimensions, got one of " + mixture.width() + "; fit it to codes of this model");
        }
        return new SharedCodes(
                "fitted mixture", (seed, first, count) -> mixture.sample(seed, first, count, temperature));
    }

    /**
     * Codes that are drawn already, such as samples of posteriors; the seed has no part in it.
     *
     * @param codes (N, Z) row-major
     */
    public static SharedCodes given(String name, float[] codes, int z) {
        return new SharedCodes(name, (seed, first, count) -> Arrays.copyOfRange(codes, first * z, (first + count) * z));
    }
}
