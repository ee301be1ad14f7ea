package dev.duet.measure;

/**
 * Eigenvalues and eigenvectors of a real symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, "Matrix
 * Computations", section 8.5). About ten sweeps of D³ operations: instant at 64 dimensions, seconds at 512.
 */
final class SymmetricEigen {
    private static final int MAX_SWEEPS = 64;

    final double[] values; // (D), descending
    final double[][] vectors; // (D, D): row r is the unit eigenvector of values[r]

    /** Decomposes {@code matrix}, (D, D) symmetric, which is overwritten. */
    SymmetricEigen(double[][] matrix) {
        int n = matrix.length;
        double[][] rows = new double[n][n];
        for (int i = 0; i < n; i++) rows[i][i] = 1;
        for (int sweep = 0; sweep < MAX_SWEEPS && !isDiagonal(matrix); sweep++) {
            for (int p = 0; p < n - 1; p++) {
                for (int q = p + 1; q < n; q++) rotate(matrix, rows, p, q);
            }
        }
        values = new double[n];
        vectors = new double[n][];
        sort(matrix, rows);
    }

    /** Whether the rest off the diagonal is below the rounding of the diagonal. */
    private static boolean isDiagonal(double[][] a) {
        double off = 0;
        double diagonal = 0;
        for (int i = 0; i < a.length; i++) {
            diagonal += a[i][i] * a[i][i];
            for (int j = 0; j < i; j++) off += a[i][j] * a[i][j];
        }
        return off <= 1e-30 * diagonal;
    }

    /** Zeroes a[p][q] by the rotation J: a becomes Jᵀ a J, and the rows of the eigenvectors turn along. */
    private static void rotate(double[][] a, double[][] vectors, int p, int q) {
        if (a[p][q] == 0) return;
        double tau = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        double t = Math.copySign(1, tau) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
        double c = 1 / Math.sqrt(1 + t * t);
        double s = t * c;
        turn(a[p], a[q], c, s);
        for (double[] row : a) {
            double x = row[p];
            double y = row[q];
            row[p] = c * x - s * y;
            row[q] = s * x + c * y;
        }
        turn(vectors[p], vectors[q], c, s);
    }

    private static void turn(double[] x, double[] y, double c, double s) {
        for (int k = 0; k < x.length; k++) {
            double old = x[k];
            x[k] = c * old - s * y[k];
            y[k] = s * old + c * y[k];
        }
    }

    private void sort(double[][] matrix, double[][] rows) {
        boolean[] taken = new boolean[values.length];
        for (int r = 0; r < values.length; r++) {
            int best = -1;
            for (int i = 0; i < values.length; i++) {
                if (!taken[i] && (best < 0 || matrix[i][i] > matrix[best][best])) best = i;
            }
            taken[best] = true;
            values[r] = matrix[best][best];
            vectors[r] = rows[best];
        }
    }
}
