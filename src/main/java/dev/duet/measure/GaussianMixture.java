package dev.duet.measure;

import dev.duet.DuetException;
import dev.duet.Workers;
import dev.duet.tensor.Philox;
import java.util.Arrays;

/**
 * A mixture of K Gaussians with full covariances, p(x) = Σ_k π_k N(x; μ_k, Σ_k), in double precision: a sampler for
 * codes, fitted after training by {@link MixtureFit}. Immutable.
 */
public final class GaussianMixture {
    /** Steps of Philox's stream PRIOR; step 0 is that of N(0, I). */
    private static final int NORMALS = 1;

    private static final int CHOICES = 2;
    private static final double SUM_TOLERANCE = 1e-9;

    private final double[] weights; // π (K), sums to 1
    private final double[][] means; // (K, Z)
    private final double[][][] factors; // (K, Z, Z), lower Cholesky factors of the covariances
    private final MixtureDensity density;

    /**
     * @param weights π, (K), non-negative, summing to 1; a component of weight 0 is never drawn
     * @param means (K, Z)
     * @param factors L of Σ_k = L Lᵀ, lower triangular with a positive diagonal, (K, Z, Z)
     * @throws DuetException if they are anything else
     */
    public GaussianMixture(double[] weights, double[][] means, double[][][] factors) {
        requireWeights(weights);
        for (int k = 0; k < weights.length; k++) requireComponent(k, means[k], factors[k]);
        this.weights = weights;
        this.means = means;
        this.factors = factors;
        density = new MixtureDensity(weights, means, factors);
    }

    private static void requireWeights(double[] weights) {
        double sum = 0;
        boolean valid = true;
        for (double weight : weights) {
            valid &= weight >= 0; // false for NaN
            sum += weight;
        }
        if (!valid || !(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
            throw new DuetException("Gaussian mixture: expected " + weights.length
                    + " weights of 0 or more that sum to 1, got a sum of " + sum);
        }
    }

    private static void requireComponent(int k, double[] mean, double[][] factor) {
        boolean valid = true;
        for (int i = 0; i < mean.length; i++) {
            valid &= Double.isFinite(mean[i]) && factor[i][i] > 0;
            for (int j = 0; j < mean.length; j++) valid &= j > i ? factor[i][j] == 0 : Double.isFinite(factor[i][j]);
        }
        if (!valid) {
            throw new DuetException("Gaussian mixture: expected of component " + k
                    + " a finite mean and a lower triangular Cholesky factor with a positive diagonal, got others");
        }
    }

    /** Components, K. */
    public int components() {
        return weights.length;
    }

    /** Dimensions, Z. */
    public int width() {
        return means[0].length;
    }

    /** π_k. */
    public double weight(int k) {
        return weights[k];
    }

    /** μ_k, (Z). */
    public double[] mean(int k) {
        return means[k].clone();
    }

    /** Σ_k, (Z, Z). */
    public double[][] covariance(int k) {
        double[][] out = new double[width()][width()];
        for (int i = 0; i < out.length; i++) {
            for (int j = 0; j < out.length; j++) {
                for (int c = 0; c <= Math.min(i, j); c++) out[i][j] += factors[k][i][c] * factors[k][j][c];
            }
        }
        return out;
    }

    /** L of Σ_k = L Lᵀ, (Z, Z); not a copy. */
    public double[][] factor(int k) {
        return factors[k];
    }

    MixtureDensity density() {
        return density;
    }

    /**
     * log p(x) of each point, (N), nats.
     *
     * @param points (N, Z)
     * @param threads number of threads, 0 for all cores; the result does not depend on it
     * @throws DuetException if the points have another width or a coordinate is not finite
     */
    public double[] logDensity(Points points, int threads) {
        points.requireFinite("Gaussian mixture points");
        if (points.width() != width()) {
            throw new DuetException("Gaussian mixture: expected points of " + width() + " coordinates, got "
                    + points.width() + "; it was fitted to codes of another model");
        }
        double[][] joint = new double[components()][points.count()];
        double[] out = new double[points.count()];
        try (Workers workers = new Workers(threads)) {
            workers.run(MixtureDensity.blocks(points.count()), block -> {
                density.joint(points, block, joint);
                MixtureDensity.normalise(joint, block, out);
            });
        }
        return out;
    }

    /** Mean of {@link #logDensity}, nats per point; NaN without points. */
    public double meanLogDensity(Points points, int threads) {
        double sum = 0;
        for (double value : logDensity(points, threads)) sum += value;
        return sum / points.count();
    }

    /**
     * Draws {@code first} to {@code first + count} of the stream of {@code seed}, the same whatever the batches:
     * k ~ π, x = μ_k + τ L_k ε, ε ~ N(0, I).
     *
     * @param temperature τ, factor of the standard deviations, 0 or more; 1 samples the mixture itself
     * @return (count, Z) row-major
     * @throws DuetException if the temperature is negative or not finite
     */
    public float[] sample(long seed, int first, int count, double temperature) {
        if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new DuetException(
                    "Gaussian mixture: expected a sampling temperature of 0 or more, got " + temperature);
        }
        int width = width();
        float[] out = new float[Math.multiplyExact(count, width)];
        double[] eps = new double[width];
        for (int i = 0; i < count; i++) {
            long index = (long) first + i;
            int k = choose(weights, choice(seed, index));
            for (int d = 0; d < width; d++) {
                eps[d] = temperature * Philox.normal(seed, Philox.Stream.PRIOR, NORMALS, index * width + d);
            }
            for (int d = 0; d < width; d++) out[i * width + d] = (float) coordinate(k, d, eps);
        }
        return out;
    }

    /** The mixture of the first {@code width} coordinates, whose factors are the leading blocks of these. */
    public GaussianMixture leading(int width) {
        double[][] leadingMeans = new double[components()][];
        double[][][] leadingFactors = new double[components()][width][];
        for (int k = 0; k < components(); k++) {
            leadingMeans[k] = Arrays.copyOf(means[k], width);
            for (int i = 0; i < width; i++) leadingFactors[k][i] = Arrays.copyOf(factors[k][i], width);
        }
        return new GaussianMixture(weights, leadingMeans, leadingFactors);
    }

    /**
     * Draws the coordinates y that follow given ones x from p(y | x), draws {@code first} and on of the stream of {@code seed}.
     * With the blocks L_xx, L_yx and L_yy of the factors: k ~ p(k | x), y = μ_y + L_yx L_xx⁻¹ (x − μ_x) + L_yy ε, ε ~ N(0, I).
     *
     * @param given x, one row for each draw, finite
     * @return (N, D), D the coordinates that follow x
     * @throws DuetException if nothing follows x, or a coordinate is not finite
     */
    public float[] sampleRest(Points given, long seed, int first) {
        int width = width() - given.width();
        if (width < 1) {
            throw new DuetException("Gaussian mixture: expected fewer given coordinates than its " + width() + ", got "
                    + given.width());
        }
        given.requireFinite("Gaussian mixture, given coordinates");
        double[][] shares = new double[components()][given.count()]; // p(k | x)
        MixtureDensity marginal = leading(given.width()).density;
        double[] logDensity = new double[given.count()];
        for (int block = 0; block < MixtureDensity.blocks(given.count()); block++) {
            marginal.joint(given, block, shares);
            MixtureDensity.normalise(shares, block, logDensity);
        }
        float[] out = new float[Math.multiplyExact(given.count(), width)];
        double[] eps = new double[width()];
        double[] share = new double[components()];
        for (int i = 0; i < given.count(); i++) {
            long index = (long) first + i;
            for (int k = 0; k < share.length; k++) share[k] = shares[k][i];
            int k = choose(share, choice(seed, index));
            for (int d = 0; d < given.width(); d++) {
                double rest = given.get(i, d) - means[k][d];
                for (int j = 0; j < d; j++) rest -= factors[k][d][j] * eps[j];
                eps[d] = rest / factors[k][d][d];
            }
            for (int d = 0; d < width; d++)
                eps[given.width() + d] = Philox.normal(seed, Philox.Stream.PRIOR, NORMALS, index * width + d);
            for (int d = 0; d < width; d++) out[i * width + d] = (float) coordinate(k, given.width() + d, eps);
        }
        return out;
    }

    /** μ_d + Σ_j L_dj ε_j of component k. */
    private double coordinate(int k, int d, double[] eps) {
        double x = means[k][d];
        for (int j = 0; j <= d; j++) x += factors[k][d][j] * eps[j];
        return x;
    }

    /** The number in [0, 1] that chooses the component of a draw. */
    private static double choice(long seed, long index) {
        int[] block = new int[4];
        Philox.block(seed, Philox.Stream.PRIOR, CHOICES, index, block);
        return Philox.uniform(block[0]);
    }

    /** The component into whose share of [0, 1] the number {@code u} falls; the last of positive weight for the rest. */
    private static int choose(double[] weights, double u) {
        int chosen = 0;
        double sum = 0;
        for (int k = 0; k < weights.length; k++) {
            if (weights[k] == 0) continue;
            chosen = k;
            sum += weights[k];
            if (u < sum) break;
        }
        return chosen;
    }
}
