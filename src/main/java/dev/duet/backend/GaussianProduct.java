package dev.duet.backend;

/**
 * E1 of docs/design.md in double precision: the product of N(0, 1) and Gaussian experts, in one dimension.
 *
 * @param mu its mean
 * @param logVar log of its variance
 */
public record GaussianProduct(double mu, double logVar) {
    /**
     * @param mu,logVar of each expert
     * @param epsilon added to each expert's variance
     */
    public static GaussianProduct of(double[] mu, double[] logVar, double epsilon) {
        double max = 0; // the prior's log-precision
        for (double each : logVar) max = Math.max(max, logPrecision(each, epsilon));
        double sum = Math.exp(-max);
        for (double each : logVar) sum += Math.exp(logPrecision(each, epsilon) - max);
        double logSum = max + Math.log(sum);
        double mean = 0;
        for (int m = 0; m < mu.length; m++) mean += Math.exp(logPrecision(logVar[m], epsilon) - logSum) * mu[m];
        return new GaussianProduct(mean, -logSum);
    }

    /** Log-precision of an expert whose variance is exp(logVar) + epsilon. */
    public static double logPrecision(double logVar, double epsilon) {
        return epsilon == 0 ? -logVar : -Math.log(Math.exp(logVar) + epsilon);
    }
}
