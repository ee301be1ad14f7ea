package dev.duet.measure;

import dev.duet.DuetException;
import dev.duet.tensor.Philox;
import java.util.Arrays;

/**
 * The squared Fréchet distance between Gaussians fitted to two sets of features (Dowson and Landau 1982; for images Heusel et
 * al., "GANs trained by a two time-scale update rule", NIPS 2017):
 * |m₁ − m₂|² + tr C₁ + tr C₂ − 2 tr (C₁C₂)^½. It is 0 for equal moments. The estimate is too high by an amount that grows with
 * D and falls with n (Chong and Forsyth, "Effectively unbiased FID", CVPR 2020), so only figures of the same n, of the same
 * features, compare; {@link #betweenHalves} shows that amount.
 *
 * @param value in squared units of the features
 * @param meanTerm |m₁ − m₂|²
 * @param covarianceTerm the rest
 * @param generated number of generated features
 * @param real number of real features
 * @param width D
 */
public record FrechetDistance(
        double value, double meanTerm, double covarianceTerm, int generated, int real, int width) {
    private static final int STREAM_STEP = 4;

    /**
     * @param generated (N, D), N ≥ 2
     * @param real (M, D), M ≥ 2
     * @throws DuetException if the widths differ, a set has fewer than 2 rows or a feature is not finite
     */
    public static FrechetDistance of(Points generated, Points real) {
        requireSet("generated", generated);
        requireSet("real", real);
        if (generated.width() != real.width()) {
            throw new DuetException("Fréchet distance: expected generated features of " + real.width()
                    + " dimensions like the real ones, got " + generated.width());
        }
        double[] meanA = Pca.mean(generated);
        double[] meanB = Pca.mean(real);
        double meanTerm = 0;
        for (int d = 0; d < meanA.length; d++) meanTerm += (meanA[d] - meanB[d]) * (meanA[d] - meanB[d]);
        double[][] a = covariance(generated, meanA);
        double[][] b = covariance(real, meanB);
        // Rounding may leave equal covariances slightly below 0.
        double covarianceTerm = Math.max(0, trace(a) + trace(b) - 2 * traceOfRoot(a, b));
        return new FrechetDistance(
                meanTerm + covarianceTerm, meanTerm, covarianceTerm, generated.count(), real.count(), real.width());
    }

    /** The same from {@code n} features of each set, drawn without replacement by {@code seed}. */
    public static FrechetDistance ofSubsamples(Points generated, Points real, int n, long seed) {
        return of(draw(generated, 0, n, seed), draw(real, 0, n, seed));
    }

    /** Between two random halves of one set: what the bias alone amounts to at half its size. */
    public static FrechetDistance betweenHalves(Points real, long seed) {
        int half = real.count() / 2;
        return of(draw(real, 0, half, seed), draw(real, half, half, seed));
    }

    /** Rows {@code first} to {@code first + n} of the points in the seed's order. */
    private static Points draw(Points points, int first, int n, long seed) {
        if (n < 2 || first + n > points.count()) {
            throw new DuetException(
                    "Fréchet distance: expected to draw from 2 to " + points.count() + " features, got " + (first + n));
        }
        int[] order = new int[points.count()];
        Arrays.setAll(order, i -> i);
        new Philox.Sequence(seed, Philox.Stream.EVALUATION, STREAM_STEP).shuffle(order);
        int width = points.width();
        float[] values = new float[n * width];
        for (int i = 0; i < values.length; i++) values[i] = points.get(order[first + i / width], i % width);
        return Points.of(values, n, width);
    }

    private static void requireSet(String what, Points points) {
        points.requireFinite(what + " features");
        if (points.count() < 2) {
            throw new DuetException(
                    "Fréchet distance: expected at least 2 " + what + " features, got " + points.count());
        }
    }

    /** Divided by N − 1, both triangles, (D, D). */
    private static double[][] covariance(Points points, double[] mean) {
        double[] ones = new double[points.count()];
        Arrays.fill(ones, 1);
        double[][] out = new Scatter(points, ones, mean).lower();
        for (int i = 0; i < out.length; i++) {
            for (int j = 0; j <= i; j++) {
                out[i][j] /= points.count() - 1;
                out[j][i] = out[i][j];
            }
        }
        return out;
    }

    private static double trace(double[][] a) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += a[i][i];
        return sum;
    }

    /**
     * tr (A B)^½ of two covariances: with A = V D Vᵀ, A B has the eigenvalues of the symmetric D^½ Vᵀ B V D^½, which are not
     * negative. No root or inverse of a singular matrix is taken, so either may be of any rank.
     */
    private static double traceOfRoot(double[][] a, double[][] b) {
        SymmetricEigen eigen = new SymmetricEigen(a);
        int n = b.length;
        double[][] roots = eigen.vectors; // row r: D_r^½ v_r
        for (int r = 0; r < n; r++) {
            double root = Math.sqrt(Math.max(0, eigen.values[r]));
            for (int d = 0; d < n; d++) roots[r][d] *= root;
        }
        double[][] product = new double[n][n];
        for (int r = 0; r < n; r++) {
            double[] projected = new double[n]; // B D_r^½ v_r
            for (int d = 0; d < n; d++) projected[d] = dot(b[d], roots[r]);
            for (int c = 0; c <= r; c++) {
                product[r][c] = dot(projected, roots[c]);
                product[c][r] = product[r][c];
            }
        }
        double sum = 0;
        for (double value : new SymmetricEigen(product).values) sum += Math.sqrt(Math.max(0, value));
        return sum;
    }

    private static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int d = 0; d < x.length; d++) sum += x[d] * y[d];
        return sum;
    }
}
