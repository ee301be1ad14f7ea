package dev.duet.eval;

import dev.duet.Workers;
import dev.duet.backend.LatentSpec;
import dev.duet.measure.GaussianDensity;
import dev.duet.tensor.Philox;
import java.util.List;

/**
 * K samples of the codes of one image or tuple, and their densities: s from a posterior, each w_t from its own posterior or from
 * N(0, I).
 */
final class PosteriorDraws {
    private static final int STREAM_STEP = 8;

    /**
     * A Gaussian with diagonal covariance.
     *
     * @param mu (D)
     * @param logVar (D)
     */
    @SuppressWarnings("ArrayRecordComponent") // a parcel, never compared
    record Gaussian(float[] mu, float[] logVar) {
        static Gaussian standard(int width) {
            return new Gaussian(new float[width], new float[width]);
        }

        /** log of the density of D values of {@code z} from {@code at} on, nats. */
        double logDensity(float[] z, int at) {
            return GaussianDensity.logDensity(z, at, mu, logVar, 0, mu.length);
        }

        /** The value at dimension {@code d} that standard normal noise {@code eps} gives. */
        private float sample(int d, double eps) {
            return (float) (mu[d] + Math.exp(logVar[d] / 2.0) * eps);
        }
    }

    private final LatentSpec latent;
    private final Gaussian shared;
    private final List<Gaussian> privates; // per modality
    private final float[][] codes; // t: (K, Z + W_t)

    /**
     * @param shared that s is drawn from
     * @param privates that each w_t is drawn from
     * @param samples K
     * @param number of these draws: others have other noise
     */
    PosteriorDraws(
            LatentSpec latent,
            Gaussian shared,
            List<Gaussian> privates,
            int samples,
            long seed,
            long number,
            Workers workers) {
        this.latent = latent;
        this.shared = shared;
        this.privates = privates;
        codes = new float[privates.size()][];
        for (int t = 0; t < codes.length; t++) codes[t] = new float[samples * latent.codeColumns(t)];
        int width = Sampler.normals(latent);
        workers.run(samples, k -> draw(k, seed, (number * samples + k) * width));
    }

    private void draw(int k, long seed, long first) {
        int z = latent.shared();
        for (int d = 0; d < z; d++) {
            float value = shared.sample(d, Philox.normal(seed, Philox.Stream.EVALUATION, STREAM_STEP, first + d));
            for (int t = 0; t < codes.length; t++) codes[t][k * latent.codeColumns(t) + d] = value;
        }
        long column = first + z;
        for (int t = 0; t < codes.length; t++) {
            for (int d = 0; d < latent.privates().get(t); d++) {
                double eps = Philox.normal(seed, Philox.Stream.EVALUATION, STREAM_STEP, column++);
                codes[t][k * latent.codeColumns(t) + z + d] = privates.get(t).sample(d, eps);
            }
        }
    }

    /** Codes of modality {@code t}, (K, Z + W_t). */
    float[] codes(int t) {
        return codes[t];
    }

    /** log p(s) of sample {@code k}, nats. */
    double sharedPrior(int k) {
        return GaussianDensity.logStandard(codes[0], k * latent.codeColumns(0), latent.shared());
    }

    /** log q(s) of sample {@code k}, nats. */
    double sharedPosterior(int k) {
        return shared.logDensity(codes[0], k * latent.codeColumns(0));
    }

    /** log p(w_t) of sample {@code k}, nats; 0 without a private code. */
    double privatePrior(int t, int k) {
        return GaussianDensity.logStandard(
                codes[t], privateAt(t, k), latent.privates().get(t));
    }

    /** log q(w_t) of sample {@code k}, nats; 0 without a private code. */
    double privatePosterior(int t, int k) {
        return privates.get(t).logDensity(codes[t], privateAt(t, k));
    }

    private int privateAt(int t, int k) {
        return k * latent.codeColumns(t) + latent.shared();
    }
}
