package dev.duet.measure;

import java.util.Arrays;

/**
 * The log densities of a mixture's components at blocks of points. With the whitening W = L⁻¹ of Σ = L Lᵀ,
 * (x − μ)ᵀ Σ⁻¹ (x − μ) = |W (x − μ)|². The innermost loop runs over the points of a block, without a reduction, which the
 * JIT turns into vector instructions.
 */
final class MixtureDensity {
    /** Points of one block; 64 KiB at 64 dimensions. */
    static final int BLOCK = 128;

    private static final int GROUP = 4; // dimensions per inner loop, so that the sums are loaded and stored less often

    private final double[][] means; // (K, Z)
    private final double[][][] whitening; // (K, Z, Z rounded up to GROUP), lower triangular, the added columns zero
    private final double[] logScale; // (K) log π_k − ½ (Z log 2π + log |Σ_k|)

    /**
     * @param weights π, (K)
     * @param means (K, Z)
     * @param factors lower Cholesky factors of the covariances, (K, Z, Z)
     */
    MixtureDensity(double[] weights, double[][] means, double[][][] factors) {
        this.means = means;
        int width = means[0].length;
        whitening = new double[weights.length][][];
        logScale = new double[weights.length];
        for (int k = 0; k < weights.length; k++) {
            double[][] inverse = Cholesky.inverse(factors[k]);
            for (int i = 0; i < width; i++) inverse[i] = Arrays.copyOf(inverse[i], padded(width));
            whitening[k] = inverse;
            logScale[k] =
                    Math.log(weights[k]) - (width * Math.log(2 * Math.PI) + Cholesky.logDeterminant(factors[k])) / 2;
        }
    }

    /** Number of blocks that {@code points} points need. */
    static int blocks(int points) {
        return (points + BLOCK - 1) / BLOCK;
    }

    /** tr(Λ Σ_k⁻¹) for a diagonal Λ, (Z). */
    double traceOfInverse(int k, double[] diagonal) {
        double sum = 0;
        for (double[] row : whitening[k]) {
            for (int d = 0; d < diagonal.length; d++) sum += diagonal[d] * row[d] * row[d];
        }
        return sum;
    }

    /**
     * Writes log(π_k N(x; μ_k, Σ_k)) of the points of a block into {@code out}, (K, N), at their own columns.
     */
    void joint(Points points, int block, double[][] out) {
        int first = block * BLOCK;
        int rows = Math.min(BLOCK, points.count() - first);
        int width = points.width();
        double[][] x = new double[width][rows];
        for (int d = 0; d < width; d++) {
            for (int n = 0; n < rows; n++) x[d][n] = points.get(first + n, d);
        }
        double[][] centred = new double[padded(width)][rows];
        double[] squares = new double[rows];
        double[] sums = new double[rows];
        for (int k = 0; k < means.length; k++) {
            for (int d = 0; d < width; d++) subtract(x[d], means[k][d], centred[d]);
            Arrays.fill(squares, 0);
            for (int i = 0; i < width; i++) {
                Arrays.fill(sums, 0);
                for (int j = 0; j <= i; j += GROUP) add(whitening[k][i], centred, j, sums);
                addSquares(sums, squares);
            }
            for (int n = 0; n < rows; n++) out[k][first + n] = logScale[k] - squares[n] / 2;
        }
    }

    /**
     * Turns the columns of a block of {@link #joint} into p(k|x), the responsibilities, and writes each log p(x), by a
     * log-sum-exp with the maximum subtracted.
     *
     * @param joint (K, N)
     * @param logDensity (N)
     */
    static void normalise(double[][] joint, int block, double[] logDensity) {
        int from = block * BLOCK;
        int to = Math.min(logDensity.length, from + BLOCK);
        for (int n = from; n < to; n++) {
            double largest = Double.NEGATIVE_INFINITY;
            for (double[] of : joint) largest = Math.max(largest, of[n]);
            double sum = 0;
            for (double[] of : joint) {
                of[n] = Math.exp(of[n] - largest);
                sum += of[n];
            }
            for (double[] of : joint) of[n] /= sum;
            logDensity[n] = largest + Math.log(sum);
        }
    }

    private static void subtract(double[] x, double mean, double[] out) {
        for (int n = 0; n < x.length; n++) out[n] = x[n] - mean;
    }

    private static void add(double[] weights, double[][] x, int j, double[] sums) {
        double[] a = x[j];
        double[] b = x[j + 1];
        double[] c = x[j + 2];
        double[] d = x[j + 3];
        double wa = weights[j];
        double wb = weights[j + 1];
        double wc = weights[j + 2];
        double wd = weights[j + 3];
        for (int n = 0; n < sums.length; n++) sums[n] += wa * a[n] + wb * b[n] + (wc * c[n] + wd * d[n]);
    }

    private static void addSquares(double[] x, double[] sums) {
        for (int n = 0; n < sums.length; n++) sums[n] += x[n] * x[n];
    }

    private static int padded(int width) {
        return (width + GROUP - 1) / GROUP * GROUP;
    }
}
