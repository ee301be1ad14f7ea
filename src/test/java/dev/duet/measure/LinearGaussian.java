package dev.duet.measure;

import dev.duet.tensor.Philox;

/**
 * Two modalities x_t = A_t s + B_t w_t + σ eps of three values each, with s (2) and w_t (1) from N(0, I): every likelihood is
 * that of a Gaussian, and known. The posteriors to sample from are on purpose not exact.
 */
final class LinearGaussian {
    private static final int SHARED = 2;
    private static final int VALUES = 3;
    private static final double SIGMA = 0.5;

    private final double[][][] loadings = new double[2][VALUES][SHARED + 1]; // (t, value, [s, w_t])
    private final float[][] x = new float[2][VALUES];
    private final long seed;
    private final ImageDensity density = ImageDensity.gaussian(SIGMA);
    private final double[][] jointPosterior;
    private final double[][] firstPosterior;
    private final double[][] secondPosterior;

    LinearGaussian(long seed) {
        this.seed = seed;
        Philox.Sequence random = new Philox.Sequence(seed, Philox.Stream.SYNTHETIC, 0);
        double[] s = {random.nextGaussian(), random.nextGaussian()};
        for (int t = 0; t < 2; t++) {
            double w = random.nextGaussian();
            for (int v = 0; v < VALUES; v++) {
                for (int d = 0; d <= SHARED; d++) loadings[t][v][d] = random.nextGaussian();
                double mean = loadings[t][v][0] * s[0] + loadings[t][v][1] * s[1] + loadings[t][v][2] * w;
                x[t][v] = (float) (mean + SIGMA * random.nextGaussian());
            }
        }
        jointPosterior = posterior(0, 1);
        firstPosterior = posterior(0);
        secondPosterior = posterior(1);
    }

    double exactJoint() {
        return logNormal(concatenated(0, 1), new double[2 * VALUES], covariance(stacked(0, 1), null));
    }

    double exactMarginal(int t) {
        return logNormal(concatenated(t), new double[VALUES], covariance(stacked(t), null));
    }

    /** log ∫ q(s|x_source) p(w) p(x_target|s, w) ds dw. */
    double exactConditional(int source, int target) {
        double[][] q = posterior(source);
        double[] variances = {q[1][0], q[1][1], 1};
        double[] mean = new double[VALUES];
        for (int v = 0; v < VALUES; v++) {
            mean[v] = loadings[target][v][0] * q[0][0] + loadings[target][v][1] * q[0][1];
        }
        return logNormal(concatenated(target), mean, covariance(loadings[target], variances));
    }

    /** @param form 0 joint, 1 marginal of 0, 2 conditional of 1 given 0, 3 the same with w_1 from its own posterior */
    double logWeight(int form, long draw) {
        double[][] q = form == 0 ? jointPosterior : firstPosterior;
        int dims = q[0].length;
        float[] mu = new float[dims];
        float[] logVar = new float[dims];
        float[] code = new float[dims]; // s, then the private codes
        for (int d = 0; d < dims; d++) {
            mu[d] = (float) q[0][d];
            logVar[d] = (float) Math.log(q[1][d]);
            double eps = Philox.normal(seed, Philox.Stream.NOISE, form, draw * dims + d);
            code[d] = (float) (mu[d] + Math.exp(logVar[d] / 2.0) * eps);
        }
        double sharedPrior = GaussianDensity.logStandard(code, 0, SHARED);
        double sharedPosterior = GaussianDensity.logDensity(code, 0, mu, logVar, 0, SHARED);
        double privatePrior = GaussianDensity.logStandard(code, SHARED, 1);
        double privatePosterior = GaussianDensity.logDensity(code, SHARED, mu, logVar, SHARED, 1);
        if (form == 1) {
            return ImportanceWeight.marginal(
                    image(0, code, code[SHARED]), sharedPrior, sharedPosterior, privatePrior, privatePosterior);
        }
        if (form == 2) {
            float w = (float) Philox.normal(seed, Philox.Stream.PRIOR, 0, draw);
            return ImportanceWeight.conditional(image(1, code, w), 0, 0);
        }
        if (form == 3) {
            float[] muW = {(float) secondPosterior[0][SHARED]};
            float[] logVarW = {(float) Math.log(secondPosterior[1][SHARED])};
            float[] w = {
                (float) (muW[0] + Math.exp(logVarW[0] / 2.0) * Philox.normal(seed, Philox.Stream.PRIOR, 1, draw))
            };
            return ImportanceWeight.conditional(
                    image(1, code, w[0]),
                    GaussianDensity.logStandard(w, 0, 1),
                    GaussianDensity.logDensity(w, 0, muW, logVarW, 0, 1));
        }
        double[] images = {image(0, code, code[SHARED]), image(1, code, code[SHARED + 1])};
        double[] priors = {privatePrior, GaussianDensity.logStandard(code, SHARED + 1, 1)};
        double[] posteriors = {privatePosterior, GaussianDensity.logDensity(code, SHARED + 1, mu, logVar, SHARED + 1, 1)
        };
        return ImportanceWeight.joint(images, sharedPrior, sharedPosterior, priors, posteriors);
    }

    private double image(int t, float[] code, float w) {
        float[] mean = new float[VALUES];
        for (int v = 0; v < VALUES; v++) {
            mean[v] = (float) (loadings[t][v][0] * code[0] + loadings[t][v][1] * code[1] + loadings[t][v][2] * w);
        }
        return density.logDensity(x[t], 0, mean, 0, VALUES);
    }

    /**
     * Mean and widened variances of (s, w of the given modalities), (2, dims). As dims · diag(Σ) − Σ has no negative eigenvalue
     * for any covariance Σ, no weight can be very large.
     */
    private double[][] posterior(int... modalities) {
        double[][] a = stacked(modalities);
        double[] values = concatenated(modalities);
        int dims = a[0].length;
        double[][] precision = new double[dims][dims];
        double[] scaled = new double[dims];
        for (int i = 0; i < dims; i++) {
            for (int v = 0; v < a.length; v++) {
                for (int j = 0; j < dims; j++) precision[i][j] += a[v][i] * a[v][j] / (SIGMA * SIGMA);
                scaled[i] += a[v][i] * values[v] / (SIGMA * SIGMA);
            }
            precision[i][i] += 1;
        }
        double[][] inverse = Cholesky.inverse(Cholesky.factor(precision));
        double[] mean = new double[dims];
        double[] variance = new double[dims];
        for (int i = 0; i < dims; i++) {
            for (int k = 0; k < dims; k++) {
                variance[i] += dims * inverse[k][i] * inverse[k][i];
                for (int j = 0; j < dims; j++) mean[i] += inverse[k][i] * inverse[k][j] * scaled[j];
            }
        }
        return new double[][] {mean, variance};
    }

    /** Loadings of the given modalities on (s, their private codes). */
    private double[][] stacked(int... modalities) {
        double[][] out = new double[modalities.length * VALUES][SHARED + modalities.length];
        for (int m = 0; m < modalities.length; m++) {
            for (int v = 0; v < VALUES; v++) {
                double[] row = loadings[modalities[m]][v];
                System.arraycopy(row, 0, out[m * VALUES + v], 0, SHARED);
                out[m * VALUES + v][SHARED + m] = row[SHARED];
            }
        }
        return out;
    }

    private double[] concatenated(int... modalities) {
        double[] out = new double[modalities.length * VALUES];
        for (int i = 0; i < out.length; i++) out[i] = x[modalities[i / VALUES]][i % VALUES];
        return out;
    }

    /** A diag(variances) Aᵀ + σ² I; {@code variances} null for ones. */
    private static double[][] covariance(double[][] a, double[] variances) {
        double[][] out = new double[a.length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a.length; j++) {
                for (int d = 0; d < a[0].length; d++) {
                    out[i][j] += a[i][d] * a[j][d] * (variances == null ? 1 : variances[d]);
                }
            }
            out[i][i] += SIGMA * SIGMA;
        }
        return out;
    }

    private static double logNormal(double[] x, double[] mean, double[][] covariance) {
        double[][] lower = Cholesky.factor(covariance);
        double[][] whitening = Cholesky.inverse(lower);
        double sum = x.length * Math.log(2 * Math.PI) + Cholesky.logDeterminant(lower);
        for (double[] row : whitening) {
            double y = 0;
            for (int d = 0; d < x.length; d++) y += row[d] * (x[d] - mean[d]);
            sum += y * y;
        }
        return -sum / 2;
    }
}
