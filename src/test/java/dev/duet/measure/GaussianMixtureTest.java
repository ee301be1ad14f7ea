package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class GaussianMixtureTest {
    /** N(0, 1) and N(2, 4) at x = 1, weights ¼ and ¾. */
    @Test
    void theDensityIsThatOfTheFormula() {
        GaussianMixture mixture = new GaussianMixture(
                new double[] {0.25, 0.75}, new double[][] {{0}, {2}}, new double[][][] {{{1}}, {{2}}});
        double expected =
                0.25 * Math.exp(-0.5) / Math.sqrt(2 * Math.PI) + 0.75 * Math.exp(-0.125) / (2 * Math.sqrt(2 * Math.PI));
        double[] log = mixture.logDensity(Points.of(new float[] {1}, 1, 1), 1);
        assertThat(log[0]).isCloseTo(Math.log(expected), within(1e-14));
    }

    /** Σ = ((0.25, 0.2), (0.2, 0.25)): |Σ| = 0.0225; at μ + (1, 0) the quadratic form is Σ⁻¹₀₀ = 0.25 / 0.0225. */
    @Test
    void correlatedDimensionsAreWhitened() {
        GaussianMixture one =
                new GaussianMixture(new double[] {1}, new double[][] {{-2, 0}}, new double[][][] {{{0.5, 0}, {0.4, 0.3}}
                });
        double expected = -Math.log(2 * Math.PI) - Math.log(0.0225) / 2 - 0.25 / 0.0225 / 2;
        assertThat(one.logDensity(Points.of(new float[] {-1, 0}, 1, 2), 1)[0]).isCloseTo(expected, within(1e-12));
        assertThat(one.covariance(0)[1][0]).isCloseTo(0.2, within(1e-15));
        assertThat(one.covariance(0)[1][1]).isCloseTo(0.25, within(1e-15));
    }

    /** exp(−½·1e6) is 0 in double precision; the logarithm is not. */
    @Test
    void farPointsKeepAFiniteDensity() {
        double[] log = Mixtures.tilted().logDensity(Points.of(new float[] {1e3f, -1e3f}, 1, 2), 1);
        assertThat(log[0]).isFinite().isLessThan(-1e5);
    }

    /** The moments of the whole mixture: m = Σ π μ; C = Σ π (τ² Σ_k + (μ_k − m)(μ_k − m)ᵀ). */
    @Test
    void samplesHaveTheMixturesMoments() {
        GaussianMixture mixture = Mixtures.tilted();
        assertMoments(mixture, 1, 0.02);
        assertMoments(mixture, 0.5, 0.02);
    }

    private static void assertMoments(GaussianMixture mixture, double temperature, double tolerance) {
        int count = 60_000;
        float[] x = mixture.sample(7, 0, count, temperature);
        double[] mean = new double[2];
        double[][] covariance = new double[2][2];
        for (int i = 0; i < x.length; i++) mean[i % 2] += x[i] / (double) count;
        for (int i = 0; i < count; i++) {
            for (int c = 0; c < 4; c++) {
                covariance[c / 2][c % 2] += (x[2 * i + c / 2] - mean[c / 2]) * (x[2 * i + c % 2] - mean[c % 2]) / count;
            }
        }
        double[] expected = {0.3 * -2 + 0.7 * 2, 0.7};
        for (int i = 0; i < 2; i++) {
            assertThat(mean[i]).isCloseTo(expected[i], within(tolerance));
            for (int j = 0; j < 2; j++) {
                double sum = 0;
                for (int k = 0; k < 2; k++) {
                    double spread = (mixture.mean(k)[i] - expected[i]) * (mixture.mean(k)[j] - expected[j]);
                    sum += mixture.weight(k) * (temperature * temperature * mixture.covariance(k)[i][j] + spread);
                }
                assertThat(covariance[i][j]).isCloseTo(sum, within(2 * tolerance));
            }
        }
    }

    @Test
    void samplesAreAStreamWhateverTheBatches() {
        GaussianMixture mixture = Mixtures.random(3, 5, 1);
        float[] all = mixture.sample(3, 0, 10, 0.7);
        assertThat(mixture.sample(3, 4, 6, 0.7)).containsExactly(Arrays.copyOfRange(all, 20, 50));
        assertThat(mixture.sample(4, 0, 10, 0.7)).isNotEqualTo(all);
    }

    /** p(x, y) = p(x) p(y | x): x from the marginal and then y from what x leaves are draws of the whole mixture. */
    @Test
    void theRestIsDrawnFromTheConditionalDensity() {
        GaussianMixture mixture = Mixtures.tilted();
        int count = 60_000;
        float[] x = mixture.leading(1).sample(5, 0, count, 1);
        float[] y = mixture.sampleRest(Points.of(x, count, 1), 7, 0);
        double[] mean = new double[2];
        double[] square = new double[3]; // xx, xy, yy
        for (int i = 0; i < count; i++) {
            mean[0] += x[i] / (double) count;
            mean[1] += y[i] / (double) count;
            square[0] += (double) x[i] * x[i] / count;
            square[1] += (double) x[i] * y[i] / count;
            square[2] += (double) y[i] * y[i] / count;
        }
        double[] expectedMean = new double[2];
        double[] expectedSquare = new double[3];
        for (int k = 0; k < 2; k++) {
            double[] m = mixture.mean(k);
            for (int d = 0; d < 2; d++) expectedMean[d] += mixture.weight(k) * m[d];
            for (int d = 0; d < 3; d++)
                expectedSquare[d] +=
                        mixture.weight(k) * (mixture.covariance(k)[(d + 1) / 2][d / 2] + m[(d + 1) / 2] * m[d / 2]);
        }
        assertThat(mean).containsExactly(expectedMean, within(0.03));
        assertThat(square).containsExactly(expectedSquare, within(0.06));
    }

    /** At x = −2 the left component of Mixtures.tilted is nearly sure: y = 0 + 0.4 (x + 2)/0.5 + 0.3 ε. */
    @Test
    void theRestFollowsTheGivenCoordinates() {
        GaussianMixture mixture = Mixtures.tilted();
        float[] x = new float[20_000];
        Arrays.fill(x, -2.5f);
        float[] y = mixture.sampleRest(Points.of(x, x.length, 1), 7, 0);
        double mean = 0;
        double square = 0;
        for (float value : y) {
            mean += value / (double) y.length;
            square += (double) value * value / y.length;
        }
        assertThat(mean).isCloseTo(-0.4, within(0.01));
        assertThat(square - mean * mean).isCloseTo(0.09, within(0.005));
        assertThat(mixture.sampleRest(Points.of(new float[] {-2.5f, -2.5f}, 2, 1), 7, 3))
                .containsExactly(Arrays.copyOfRange(y, 3, 5));
        assertThatThrownBy(() -> mixture.sampleRest(Points.of(new float[2], 1, 2), 7, 0))
                .hasMessage("Gaussian mixture: expected fewer given coordinates than its 2, got 2");
    }

    /** N(x; −2, 0.25) and N(x; 2, 0.64) of weights 0.3 and 0.7. */
    @Test
    void theLeadingCoordinatesKeepTheirDensity() {
        double x = 0.5;
        double expected = 0.3 * Math.exp(-2.5 * 2.5 / 0.25 / 2) / Math.sqrt(2 * Math.PI * 0.25)
                + 0.7 * Math.exp(-1.5 * 1.5 / 0.64 / 2) / Math.sqrt(2 * Math.PI * 0.64);
        GaussianMixture leading = Mixtures.tilted().leading(1);
        assertThat(leading.logDensity(Points.of(new float[] {(float) x}, 1, 1), 1)[0])
                .isCloseTo(Math.log(expected), within(1e-12));
    }

    @Test
    void temperatureZeroGivesMeansAndWeightZeroIsNeverDrawn() {
        GaussianMixture mixture = new GaussianMixture(
                new double[] {0, 1, 0}, new double[][] {{1}, {2}, {3}}, new double[][][] {{{1}}, {{1}}, {{1}}});
        float[] expected = new float[100];
        Arrays.fill(expected, 2);
        assertThat(mixture.sample(1, 0, 100, 0)).containsExactly(expected);
        assertThat(mixture.logDensity(Points.of(new float[] {2}, 1, 1), 1)[0])
                .isCloseTo(-Math.log(2 * Math.PI) / 2, within(1e-15));
    }

    @Test
    void threadsDoNotChangeADensity() {
        GaussianMixture mixture = Mixtures.random(4, 7, 2);
        Points points = Mixtures.sample(mixture, 1000, 3);
        assertThat(mixture.logDensity(points, 3)).containsExactly(mixture.logDensity(points, 1));
    }

    @Test
    void nonsenseIsRefused() {
        double[][] mean = {{0, 0}};
        double[][][] unit = {{{1, 0}, {0, 1}}};
        assertThatThrownBy(() -> new GaussianMixture(new double[] {0.5}, mean, unit))
                .isInstanceOf(DuetException.class)
                .hasMessage("Gaussian mixture: expected 1 weights of 0 or more that sum to 1, got a sum of 0.5");
        assertThatThrownBy(() -> new GaussianMixture(new double[] {1}, mean, new double[][][] {{{1, 0}, {0, 0}}}))
                .hasMessageContaining("component 0");
        GaussianMixture mixture = new GaussianMixture(new double[] {1}, mean, unit);
        assertThatThrownBy(() -> mixture.sample(1, 0, 1, -0.5))
                .hasMessage("Gaussian mixture: expected a sampling temperature of 0 or more, got -0.5");
        assertThatThrownBy(() -> mixture.logDensity(Points.of(new float[3], 1, 3), 1))
                .hasMessageContaining("expected points of 2 coordinates, got 3");
        assertThatThrownBy(() -> mixture.logDensity(Points.of(new float[] {0, Float.NaN}, 1, 2), 1))
                .hasMessageContaining("NaN in row 0, column 1");
    }
}
