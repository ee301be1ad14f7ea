package dev.duet.measure;

/**
 * Σ_n r_n (x_n − m)(x_n − m)ᵀ. Points are taken in fours, so that a row of the sum is loaded and stored once for all four,
 * and the innermost loop runs along it without a reduction.
 */
final class Scatter {
    private static final double NEGLIGIBLE = 1e-16; // below the rounding of a sum that counts points

    private final Points points; // (N, Z)
    private final double[] r; // (N)
    private final double[] mean; // (Z)
    private final double[][] sums; // (Z, Z), lower triangle
    private final double[][] centred; // (4, Z)
    private final double[] weight = new double[4];

    /**
     * @param points (N, Z)
     * @param r weights, (N), in [0, 1]
     * @param mean m, (Z)
     */
    Scatter(Points points, double[] r, double[] mean) {
        this.points = points;
        this.r = r;
        this.mean = mean;
        sums = new double[mean.length][mean.length];
        centred = new double[weight.length][mean.length];
    }

    /** The lower triangle, (Z, Z). */
    double[][] lower() {
        int held = 0;
        for (int n = 0; n < r.length; n++) {
            if (r[n] < NEGLIGIBLE) continue;
            weight[held] = r[n];
            for (int d = 0; d < mean.length; d++) centred[held][d] = points.get(n, d) - mean[d];
            if (++held < weight.length) continue;
            addAll();
            held = 0;
        }
        while (held > 0 && held < weight.length) weight[held++] = 0; // the last, incomplete four
        if (held > 0) addAll();
        return sums;
    }

    private void addAll() {
        for (int i = 0; i < sums.length; i++) addToRow(i);
    }

    private void addToRow(int i) {
        double[] sum = sums[i];
        double[] a = centred[0];
        double[] b = centred[1];
        double[] c = centred[2];
        double[] d = centred[3];
        double wa = weight[0] * a[i];
        double wb = weight[1] * b[i];
        double wc = weight[2] * c[i];
        double wd = weight[3] * d[i];
        for (int j = 0; j <= i; j++) sum[j] += wa * a[j] + wb * b[j] + (wc * c[j] + wd * d[j]);
    }
}
