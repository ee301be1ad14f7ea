package dev.duet.measure;

import dev.duet.DuetException;

/**
 * Principal components of N points: the directions of largest variance, in double precision. The sign of each is fixed
 * by making its largest coordinate positive, so that equal data give equal pictures.
 */
public final class Pca {
    private final double[] mean; // (D)
    private final double[] variances; // (D), descending, data units squared
    private final double[][] directions; // (D, D): row r is the unit vector of component r

    /**
     * Fits all D components; time grows as N·D² + 10·D³.
     *
     * @param data points, (N, D), N ≥ 1
     * @throws DuetException if there is no point or a coordinate is not finite
     */
    public Pca(Points data) {
        data.requireFinite("PCA input");
        if (data.count() == 0) throw new DuetException("PCA: expected at least 1 point, got none");
        mean = mean(data);
        SymmetricEigen eigen = new SymmetricEigen(covariance(data));
        variances = eigen.values;
        directions = eigen.vectors;
        for (double[] direction : directions) fixSign(direction);
    }

    /** Variance along component {@code component}, divided by N; data units squared. */
    public double variance(int component) {
        return Math.max(0, variances[component]); // rounding may leave a zero eigenvalue slightly negative
    }

    /** Unit direction of component {@code component}, (D). */
    public double[] direction(int component) {
        return directions[component].clone();
    }

    /**
     * Coordinates of the centred points along the first {@code components} components, (N, components) row-major.
     * Components beyond D are zero.
     *
     * @param data points, (N, D), D as in the fit
     */
    public double[] project(Points data, int components) {
        double[] out = new double[Math.multiplyExact(data.count(), components)];
        for (int i = 0; i < data.count(); i++) {
            for (int c = 0; c < Math.min(components, mean.length); c++) {
                double sum = 0;
                for (int d = 0; d < mean.length; d++) sum += (data.get(i, d) - mean[d]) * directions[c][d];
                out[i * components + c] = sum;
            }
        }
        return out;
    }

    static double[] mean(Points data) {
        double[] mean = new double[data.width()];
        for (int i = 0; i < data.count(); i++) {
            for (int d = 0; d < mean.length; d++) mean[d] += data.get(i, d);
        }
        for (int d = 0; d < mean.length; d++) mean[d] /= data.count();
        return mean;
    }

    private double[][] covariance(Points data) {
        int width = mean.length;
        double[][] covariance = new double[width][width];
        double[] centred = new double[width];
        for (int i = 0; i < data.count(); i++) {
            for (int d = 0; d < width; d++) centred[d] = data.get(i, d) - mean[d];
            for (int d = 0; d < width; d++) addScaled(centred, centred[d], covariance[d]);
        }
        for (double[] row : covariance) {
            for (int d = 0; d < width; d++) row[d] /= data.count();
        }
        return covariance;
    }

    private static void addScaled(double[] x, double factor, double[] sum) {
        for (int d = 0; d < sum.length; d++) sum[d] += factor * x[d];
    }

    private static void fixSign(double[] direction) {
        double largest = 0;
        for (double value : direction) {
            if (Math.abs(value) > Math.abs(largest) * (1 + 1e-9)) largest = value;
        }
        if (largest >= 0) return;
        for (int d = 0; d < direction.length; d++) direction[d] = -direction[d];
    }
}
