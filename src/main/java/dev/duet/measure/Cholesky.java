package dev.duet.measure;

/** The Cholesky factor of a symmetric positive definite matrix (Golub and Van Loan, "Matrix Computations", section 4.2). */
final class Cholesky {
    private Cholesky() {}

    /**
     * The lower triangular L of {@code a} = L Lᵀ, both (D, D).
     *
     * @param a symmetric; only its lower triangle is read
     * @return null if {@code a} is not positive definite in double precision
     */
    static double[][] factor(double[][] a) {
        int n = a.length;
        double[][] lower = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = a[i][j];
                for (int k = 0; k < j; k++) sum -= lower[i][k] * lower[j][k];
                if (i > j) lower[i][j] = sum / lower[j][j];
                else if (sum > 0 && sum < Double.POSITIVE_INFINITY) lower[i][i] = Math.sqrt(sum);
                else return null;
            }
        }
        return lower;
    }

    /** The inverse of a lower triangular matrix, itself lower triangular, (D, D). */
    static double[][] inverse(double[][] lower) {
        int n = lower.length;
        double[][] inverse = new double[n][n];
        for (int j = 0; j < n; j++) {
            inverse[j][j] = 1 / lower[j][j];
            for (int i = j + 1; i < n; i++) {
                double sum = 0;
                for (int k = j; k < i; k++) sum -= lower[i][k] * inverse[k][j];
                inverse[i][j] = sum / lower[i][i];
            }
        }
        return inverse;
    }

    /** log |L Lᵀ|. */
    static double logDeterminant(double[][] lower) {
        double sum = 0;
        for (int i = 0; i < lower.length; i++) sum += Math.log(lower[i][i]);
        return 2 * sum;
    }
}
