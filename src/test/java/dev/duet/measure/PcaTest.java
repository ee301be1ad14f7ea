package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import dev.duet.tensor.Philox;
import org.junit.jupiter.api.Test;

class PcaTest {
    /** [[2, 1], [1, 2]] has eigenvalues 3 and 1 along the diagonals. */
    @Test
    void eigenvaluesOfATwoByTwoMatrix() {
        SymmetricEigen eigen = new SymmetricEigen(new double[][] {{2, 1}, {1, 2}});
        assertThat(eigen.values[0]).isCloseTo(3, within(1e-15));
        assertThat(eigen.values[1]).isCloseTo(1, within(1e-15));
        assertThat(eigen.vectors[0][0]).isCloseTo(eigen.vectors[0][1], within(1e-15));
    }

    @Test
    void eigenvectorsSolveTheEquationAndAreOrthonormal() {
        int n = 24;
        double[][] matrix = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                matrix[i][j] = matrix[j][i] = Philox.normal(5, Philox.Stream.SYNTHETIC, 0, i * n + j);
            }
        }
        double[][] copy = new double[n][];
        for (int i = 0; i < n; i++) copy[i] = matrix[i].clone();
        SymmetricEigen eigen = new SymmetricEigen(copy);
        for (int r = 0; r < n; r++) {
            for (int i = 0; i < n; i++) {
                double expected = eigen.values[r] * eigen.vectors[r][i];
                assertThat(dot(matrix[i], eigen.vectors[r])).isCloseTo(expected, within(1e-12));
                assertThat(dot(eigen.vectors[r], eigen.vectors[i])).isCloseTo(r == i ? 1 : 0, within(1e-13));
            }
            if (r > 0) assertThat(eigen.values[r]).isLessThanOrEqualTo(eigen.values[r - 1]);
        }
    }

    /** Points (t, 2t) lie on one line: variance 5 · var(t) along (1, 2)/√5, none across. */
    @Test
    void aLineHasOneComponent() {
        Points line = Points.of(new float[] {10, 20, 11, 22, 12, 24, 13, 26}, 4, 2);
        Pca pca = new Pca(line);
        assertThat(pca.variance(0)).isCloseTo(5 * 1.25, within(1e-12));
        assertThat(pca.variance(1)).isCloseTo(0, within(1e-12));
        assertThat(pca.direction(0)[0]).isCloseTo(1 / Math.sqrt(5), within(1e-12));
        assertThat(pca.direction(0)[1]).isCloseTo(2 / Math.sqrt(5), within(1e-12));
        double[] projected = pca.project(line, 2);
        assertThat(projected[0]).isCloseTo(-1.5 * Math.sqrt(5), within(1e-12));
        assertThat(projected[7]).isCloseTo(0, within(1e-12));
    }

    @Test
    void componentsBeyondTheDimensionsAreZero() {
        double[] projected =
                new Pca(Points.of(new float[] {1, 3}, 2, 1)).project(Points.of(new float[] {1, 3}, 2, 1), 2);
        assertThat(projected).containsExactly(-1, 0, 1, 0);
    }

    @Test
    void noPointsAreRefused() {
        assertThatThrownBy(() -> new Pca(Points.of(new float[0], 0, 3)))
                .isInstanceOf(DuetException.class)
                .hasMessage("PCA: expected at least 1 point, got none");
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += a[i] * b[i];
        return sum;
    }
}
