package dev.duet.measure;

/** Log densities of diagonal Gaussians, nats: posteriors and priors of the codes. */
public final class GaussianDensity {
    private static final double LOG_TWO_PI = Math.log(2 * Math.PI);

    private GaussianDensity() {}

    /**
     * log N(z; mu, exp(logVar)), summed over {@code width} dimensions.
     *
     * @param z values from {@code zFirst} on
     * @param mu,logVar values from {@code first} on
     */
    public static double logDensity(float[] z, int zFirst, float[] mu, float[] logVar, int first, int width) {
        double sum = 0;
        for (int d = 0; d < width; d++) {
            double difference = z[zFirst + d] - (double) mu[first + d];
            sum += LOG_TWO_PI + logVar[first + d] + difference * difference * Math.exp(-logVar[first + d]);
        }
        return -sum / 2;
    }

    /** log N(z; 0, I), summed over {@code width} dimensions. */
    public static double logStandard(float[] z, int zFirst, int width) {
        double sum = 0;
        for (int d = 0; d < width; d++) sum += LOG_TWO_PI + (double) z[zFirst + d] * z[zFirst + d];
        return -sum / 2;
    }
}
