package dev.duet.measure;

import dev.duet.DuetException;
import dev.duet.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * Fits a {@link GaussianMixture} by expectation–maximisation (Dempster, Laird and Rubin 1977) from a k-means++ start. Each
 * covariance has an inverse-Wishart prior (as in Fraley and Raftery, "Bayesian regularization for normal mixture estimation",
 * J. Classification 24, 2007), worth ν points of covariance Λ, so that no component can collapse onto a point:
 *
 * <pre>
 * r_nk = π_k N(x_n; μ_k, Σ_k) / p(x_n)        N_k = Σ_n r_nk
 * π_k = N_k / N        μ_k = Σ_n r_nk x_n / N_k
 * Σ_k = (Σ_n r_nk (x_n − μ_k)(x_n − μ_k)ᵀ + ν Λ) / (N_k + ν)
 * </pre>
 *
 * Λ is diagonal: the variances within the start's clusters. What rises with every iteration is the log posterior
 * Σ_n log p(x_n) − ½ ν Σ_k (log |Σ_k| + tr(Λ Σ_k⁻¹)).
 */
public final class MixtureFit {
    /** Least prior variance, as a share of the mean variance of the points; alone where all points are equal. */
    private static final double VARIANCE_FLOOR = 1e-6;

    /**
     * @param components K
     * @param seed of the start
     * @param iterations EM steps at most
     * @param tolerance least rise of the log posterior per point that goes on, nats
     * @param priorCounts ν, points that each covariance's prior is worth, above 0
     * @param threads number of threads, 0 for all cores; the result does not depend on it
     */
    public record Settings(
            int components, long seed, int iterations, double tolerance, double priorCounts, int threads) {
        public Settings {
            if (components < 1 || iterations < 1 || !(tolerance >= 0) || !(priorCounts > 0)) {
                throw new DuetException(
                        "Gaussian mixture: expected at least 1 component and iteration, a tolerance of 0 or more and"
                                + " prior counts above 0, got "
                                + components + ", " + iterations + ", " + tolerance + " and " + priorCounts);
            }
        }

        /** At most 200 iterations, 1e-5 nats, a prior of one point, all cores. */
        public static Settings defaults(int components, long seed) {
            return new Settings(components, seed, 200, 1e-5, 1, 0);
        }

        /** The same with another K. */
        public Settings withComponents(int other) {
            return new Settings(other, seed, iterations, tolerance, priorCounts, threads);
        }
    }

    /**
     * @param mixture fitted
     * @param settings that it was fitted with
     * @param points N that it was fitted to
     * @param logPosterior per point after each iteration, nats, the start's first
     * @param logLikelihood mean log density of the points, nats
     * @param converged whether it ended by the tolerance rather than by the number of iterations
     */
    public record Result(
            GaussianMixture mixture,
            Settings settings,
            int points,
            List<Double> logPosterior,
            double logLikelihood,
            boolean converged) {}

    private final Points points; // (N, Z)
    private final Settings settings;
    private final Workers workers;
    private final BooleanSupplier stop;
    private final double[][] responsibilities; // (K, N)
    private final double[] logDensity; // (N)
    private double[] prior; // Λ, (Z)

    private MixtureFit(Points points, Settings settings, Workers workers, BooleanSupplier stop) {
        this.points = points;
        this.settings = settings;
        this.workers = workers;
        this.stop = stop;
        responsibilities = new double[settings.components][points.count()];
        logDensity = new double[points.count()];
    }

    /**
     * @param points (N, Z), N ≥ K; time grows as N·K·Z² per iteration, memory as N·(K + Z)
     * @throws DuetException if there are fewer points than components or a coordinate is not finite
     */
    public static Result fit(Points points, Settings settings) {
        return fit(points, settings, () -> false);
    }

    /**
     * As {@link #fit(Points, Settings)}.
     *
     * @param stop asked before each iteration
     * @throws CancellationException if told to stop
     */
    public static Result fit(Points points, Settings settings, BooleanSupplier stop) {
        points.requireFinite("Gaussian mixture points");
        if (points.count() < settings.components) {
            throw new DuetException("Gaussian mixture: expected at least as many points as its " + settings.components
                    + " components, got " + points.count() + "; take more points or fewer components");
        }
        try (Workers workers = new Workers(settings.threads)) {
            return new MixtureFit(points, settings, workers, stop).run();
        }
    }

    private Result run() {
        GaussianMixture mixture = start();
        List<Double> history = new ArrayList<>();
        history.add(expect(mixture));
        boolean converged = false;
        for (int i = 0; i < settings.iterations && !converged; i++) {
            if (stop.getAsBoolean()) throw new CancellationException("Gaussian mixture: stopped at iteration " + i);
            mixture = maximise(mixture);
            double before = history.get(history.size() - 1);
            history.add(expect(mixture));
            converged = history.get(history.size() - 1) - before < settings.tolerance;
        }
        return new Result(
                mixture, settings, points.count(), List.copyOf(history), sum(logDensity) / points.count(), converged);
    }

    private GaussianMixture start() {
        int[] assignment = new KMeans(points, settings.components, workers).assign(settings.seed);
        for (int n = 0; n < assignment.length; n++) responsibilities[assignment[n]][n] = 1;
        prior = new double[points.width()];
        double[][] centres = new double[settings.components][];
        for (int k = 0; k < centres.length; k++) {
            centres[k] = weightedMean(responsibilities[k], sum(responsibilities[k]), Pca.mean(points));
        }
        for (int d = 0; d < prior.length; d++) prior[d] = varianceWithin(centres, assignment, d);
        double floor = VARIANCE_FLOOR * meanVariance();
        for (int d = 0; d < prior.length; d++) prior[d] = Math.max(prior[d], floor);
        return maximise(centres);
    }

    private double varianceWithin(double[][] centres, int[] assignment, int d) {
        double sum = 0;
        for (int n = 0; n < assignment.length; n++) {
            double difference = points.get(n, d) - centres[assignment[n]][d];
            sum += difference * difference;
        }
        return sum / assignment.length;
    }

    /** Mean over the dimensions of the variance of all points; 1 where all are equal. */
    private double meanVariance() {
        double[][] mean = {Pca.mean(points)};
        int[] together = new int[points.count()];
        double sum = 0;
        for (int d = 0; d < points.width(); d++) sum += varianceWithin(mean, together, d);
        return sum > 0 ? sum / points.width() : 1;
    }

    /** Sets the responsibilities and returns the log posterior per point. */
    private double expect(GaussianMixture mixture) {
        workers.run(MixtureDensity.blocks(points.count()), block -> {
            mixture.density().joint(points, block, responsibilities);
            MixtureDensity.normalise(responsibilities, block, logDensity);
        });
        double penalty = 0;
        for (int k = 0; k < mixture.components(); k++) {
            penalty += Cholesky.logDeterminant(mixture.factor(k))
                    + mixture.density().traceOfInverse(k, prior);
        }
        return (sum(logDensity) - settings.priorCounts / 2 * penalty) / points.count();
    }

    private GaussianMixture maximise(GaussianMixture before) {
        double[][] means = new double[before.components()][];
        for (int k = 0; k < means.length; k++) means[k] = before.mean(k);
        return maximise(means);
    }

    /** @param before means that components without points keep, (K, Z) */
    private GaussianMixture maximise(double[][] before) {
        double[] weights = new double[before.length];
        double[][] means = new double[before.length][];
        double[][][] factors = new double[before.length][][];
        workers.run(before.length, k -> {
            double count = sum(responsibilities[k]);
            weights[k] = count / points.count();
            means[k] = weightedMean(responsibilities[k], count, before[k]);
            factors[k] = Cholesky.factor(covariance(responsibilities[k], count, means[k]));
            if (factors[k] == null) {
                throw new DuetException("Gaussian mixture: the covariance of component " + k
                        + " is not positive definite, although its prior is worth " + settings.priorCounts
                        + " points; raise the prior counts");
            }
        });
        double total = sum(weights);
        for (int k = 0; k < weights.length; k++) weights[k] /= total; // rounding
        return new GaussianMixture(weights, means, factors);
    }

    /** Σ_n r_n x_n / Σ_n r_n, (Z); {@code otherwise} where that has no points. */
    private double[] weightedMean(double[] r, double count, double[] otherwise) {
        if (count == 0) return otherwise;
        double[] mean = new double[points.width()];
        for (int n = 0; n < r.length; n++) {
            if (r[n] == 0) continue;
            for (int d = 0; d < mean.length; d++) mean[d] += r[n] * points.get(n, d);
        }
        for (int d = 0; d < mean.length; d++) mean[d] /= count;
        return mean;
    }

    /** The regularised covariance; of a symmetric matrix the lower triangle, (Z, Z). */
    private double[][] covariance(double[] r, double count, double[] mean) {
        double[][] out = new Scatter(points, r, mean).lower();
        for (int i = 0; i < out.length; i++) {
            out[i][i] += settings.priorCounts * prior[i];
            for (int j = 0; j <= i; j++) out[i][j] /= count + settings.priorCounts;
        }
        return out;
    }

    private static double sum(double[] values) {
        double sum = 0;
        for (double value : values) sum += value;
        return sum;
    }
}
