package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import org.junit.jupiter.api.Test;

class FrechetDistanceTest {
    /** In one dimension (m₁ − m₂)² + (σ₁ − σ₂)²; {0, 2} has variance 2, {5, 5 + 4√2} mean 5 + 2√2 and variance 16. */
    @Test
    void oneDimensionIsInClosedForm() {
        float root = (float) Math.sqrt(2);
        Points a = Points.of(new float[] {0, 2}, 2, 1);
        Points b = Points.of(new float[] {5, 5 + 4 * root}, 2, 1);
        FrechetDistance distance = FrechetDistance.of(a, b);
        assertThat(distance.meanTerm()).isCloseTo(Math.pow(4 + 2 * Math.sqrt(2), 2), within(1e-5));
        assertThat(distance.covarianceTerm()).isCloseTo(Math.pow(4 - Math.sqrt(2), 2), within(1e-5));
        assertThat(distance.value()).isEqualTo(distance.meanTerm() + distance.covarianceTerm());
    }

    /** Of a 2×2 matrix tr M^½ = (tr M + 2 |M|^½)^½, also where the covariances do not commute. */
    @Test
    void twoDimensionsAreInClosedForm() {
        Points a = Mixtures.sample(Mixtures.tilted(), 500, 1);
        Points b = CurvedClasses.of(400, 2, 3, 2);
        double[][] ca = covariance(a);
        double[][] cb = covariance(b);
        double trace = 0;
        for (int i = 0; i < 2; i++) for (int j = 0; j < 2; j++) trace += ca[i][j] * cb[j][i];
        double determinant = determinant(ca) * determinant(cb);
        double expected = ca[0][0] + ca[1][1] + cb[0][0] + cb[1][1] - 2 * Math.sqrt(trace + 2 * Math.sqrt(determinant));
        assertThat(ca[0][1] * (cb[0][0] - cb[1][1]) - cb[0][1] * (ca[0][0] - ca[1][1]))
                .isNotCloseTo(0, within(0.01));
        assertThat(FrechetDistance.of(a, b).covarianceTerm()).isCloseTo(expected, within(1e-9));
        assertThat(FrechetDistance.of(b, a).value())
                .isCloseTo(FrechetDistance.of(a, b).value(), within(1e-9));
    }

    private static double[][] covariance(Points points) {
        double[] mean = Pca.mean(points);
        double[][] out = new double[2][2];
        for (int n = 0; n < points.count(); n++) {
            for (int i = 0; i < 4; i++) {
                out[i / 2][i % 2] += (points.get(n, i / 2) - mean[i / 2])
                        * (points.get(n, i % 2) - mean[i % 2])
                        / (points.count() - 1);
            }
        }
        return out;
    }

    private static double determinant(double[][] m) {
        return m[0][0] * m[1][1] - m[0][1] * m[1][0];
    }

    @Test
    void theSameFeaturesAreAtDistanceZero() {
        Points points = CurvedClasses.of(300, 40, 3, 1);
        FrechetDistance distance = FrechetDistance.of(points, points);
        assertThat(distance.value()).isBetween(0.0, 1e-6);
        assertThat(distance.width()).isEqualTo(40);
    }

    /** Points on lines along u = (1, 0, 0) and v = (0.6, 0.8, 0), variances a and b: tr (AB)^½ = (ab)^½ |u·v|. */
    @Test
    void singularCovariancesAreNoTrouble() {
        int count = 101;
        float[] a = new float[3 * count];
        float[] b = new float[3 * count];
        double variance = 0;
        for (int i = 0; i < count; i++) {
            float t = (i - 50) / 10f;
            variance += t * t / (count - 1.0);
            a[3 * i] = t;
            b[3 * i] = 1.2f * t;
            b[3 * i + 1] = 1.6f * t;
        }
        double expected = variance + 4 * variance - 2 * 2 * variance * 0.6;
        FrechetDistance distance = FrechetDistance.of(Points.of(a, count, 3), Points.of(b, count, 3));
        assertThat(distance.covarianceTerm()).isCloseTo(expected, within(1e-4));
        Points few = CurvedClasses.noise(5, 30, 1); // rank 4 of 30
        assertThat(FrechetDistance.of(few, CurvedClasses.noise(5, 30, 2)).value())
                .isFinite()
                .isPositive();
        assertThat(FrechetDistance.of(few, few).value()).isBetween(0.0, 1e-6);
    }

    /** Two sets from one distribution: the distance is bias alone, and falls with n. */
    @Test
    void subsamplesAreSeededAndBiasedUpwards() {
        Points a = CurvedClasses.noise(4000, 20, 1);
        Points b = CurvedClasses.noise(4000, 20, 2);
        double large = FrechetDistance.of(a, b).value();
        FrechetDistance small = FrechetDistance.ofSubsamples(a, b, 200, 3);
        assertThat(small.generated()).isEqualTo(200);
        assertThat(small.value()).isGreaterThan(5 * large);
        assertThat(FrechetDistance.ofSubsamples(a, b, 200, 3)).isEqualTo(small);
        assertThat(FrechetDistance.ofSubsamples(a, b, 200, 4)).isNotEqualTo(small);
        FrechetDistance halves =
                FrechetDistance.betweenHalves(Points.of(new float[] {0, 1, 0, 1, 7, 7, 7, 7}, 4, 2), 1);
        assertThat(halves.generated()).isEqualTo(2);
        assertThat(FrechetDistance.betweenHalves(CurvedClasses.noise(200, 5, 1), 1)
                        .value())
                .isGreaterThan(0.01);
    }

    @Test
    void nonsenseIsRefused() {
        Points one = Points.of(new float[2], 1, 2);
        Points two = Points.of(new float[4], 2, 2);
        assertThatThrownBy(() -> FrechetDistance.of(one, two))
                .isInstanceOf(DuetException.class)
                .hasMessage("Fréchet distance: expected at least 2 generated features, got 1");
        assertThatThrownBy(() -> FrechetDistance.of(Points.of(new float[6], 2, 3), two))
                .hasMessageContaining("expected generated features of 2 dimensions like the real ones, got 3");
        assertThatThrownBy(() -> FrechetDistance.ofSubsamples(two, two, 3, 1)).hasMessageContaining("got 3");
        assertThatThrownBy(() -> FrechetDistance.of(two, Points.of(new float[] {0, 0, Float.NaN, 0}, 2, 2)))
                .hasMessageContaining("real features: expected finite coordinates");
    }
}
