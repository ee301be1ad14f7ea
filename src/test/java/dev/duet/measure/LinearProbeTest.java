package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import org.junit.jupiter.api.Test;

class LinearProbeTest {
    private static final LinearProbe.Settings SETTINGS = LinearProbe.Settings.defaults();

    /** f(x) = ½ Σ c_d (x_d − d)² with c from 1 to 1e4. */
    @Test
    void theMinimiserFindsTheBottomOfAStretchedBowl() {
        Lbfgs.Objective bowl = (x, gradient) -> {
            double value = 0;
            for (int d = 0; d < x.length; d++) {
                double c = Math.pow(10, d);
                gradient[d] = c * (x[d] - d);
                value += gradient[d] * (x[d] - d) / 2;
            }
            return value;
        };
        Lbfgs.Minimum minimum = Lbfgs.minimise(bowl, new double[] {9, -9, 9, -9, 9}, 200, 1e-9);
        assertThat(minimum.converged()).isTrue();
        assertThat(minimum.iterations()).isLessThan(60);
        for (int d = 0; d < 5; d++) assertThat(minimum.x()[d]).isCloseTo(d, within(1e-8));
        assertThat(Lbfgs.minimise(bowl, new double[5], 2, 1e-9).converged()).isFalse();
    }

    /**
     * Two classes of 3:1 odds at x = +1 and 1:3 at x = −1 (so standardised already). By symmetry w₁ − w₀ = v and b = 0: minimise
     * −¾ log σ(v) − ¼ log σ(−v) + ½ λ v²/2, i.e. σ(v) − ¾ + λ v / 2 = 0.
     */
    @Test
    void theFitIsThatOfTheFormula() {
        float[] x = {1, 1, 1, 1, -1, -1, -1, -1};
        byte[] labels = {1, 1, 1, 0, 0, 0, 0, 1};
        double penalty = 0.1;
        double low = 0;
        double high = 5;
        for (int i = 0; i < 100; i++) {
            double v = (low + high) / 2;
            if (1 / (1 + Math.exp(-v)) - 0.75 + penalty * v / 2 < 0) low = v;
            else high = v;
        }
        double expected =
                0.75 * Math.log1p(Math.exp(-low)) + 0.25 * Math.log1p(Math.exp(low)) + penalty * low * low / 4;
        LinearProbe probe =
                new LinearProbe(Points.of(x, 8, 1), labels, 2, new LinearProbe.Settings(penalty, 100, 1e-10, 1));
        assertThat(probe.converged()).isTrue();
        assertThat(probe.loss()).isCloseTo(expected, within(1e-12));
        assertThat(probe.predict(Points.of(new float[] {2, -0.1f}, 2, 1))).containsExactly(1, 0);
    }

    /** Codes that say nothing leave b alone, which no penalty holds back: the loss is the entropy of 3:1. */
    @Test
    void theOffsetIsFreeOfThePenalty() {
        LinearProbe probe = new LinearProbe(
                Points.of(new float[4], 4, 1), new byte[] {0, 0, 0, 1}, 2, new LinearProbe.Settings(10, 100, 1e-9, 1));
        assertThat(probe.loss()).isCloseTo(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25), within(1e-9));
    }

    /** What matters is whether a hyperplane tells the classes apart, not their scale or place. */
    @Test
    void separableClassesAreReadWhateverTheirScale() {
        Points train = CurvedClasses.of(1000, 30, 5, 3);
        Points test = CurvedClasses.of(500, 30, 5, 3);
        byte[] labels = labels(1000, 5);
        byte[] testLabels = labels(500, 5);
        double near = new LinearProbe(train, labels, 5, SETTINGS)
                .evaluate(test, testLabels)
                .accuracy()
                .estimate();
        assertThat(near).isGreaterThan(0.98);
        ConfusionMatrix far = new LinearProbe(scaled(train), labels, 5, SETTINGS).evaluate(scaled(test), testLabels);
        assertThat(far.accuracy().estimate()).isCloseTo(near, within(0.005));
    }

    /** One dimension a thousand times as large and far off, one constant. */
    private static Points scaled(Points points) {
        float[] out = new float[points.count() * points.width()];
        for (int i = 0; i < out.length; i++) {
            int d = i % points.width();
            float x = points.get(i / points.width(), d);
            out[i] = d == 0 ? 1000 * x - 3e4f : d == 1 ? 4.1f : x;
        }
        return Points.of(out, points.count(), points.width());
    }

    @Test
    void noiseIsReadAtChance() {
        LinearProbe probe = new LinearProbe(CurvedClasses.noise(2000, 10, 1), labels(2000, 10), 10, SETTINGS);
        Confidence accuracy = probe.evaluate(CurvedClasses.noise(2000, 10, 2), labels(2000, 10))
                .accuracy();
        assertThat(accuracy.low()).isLessThan(0.1);
        assertThat(accuracy.high()).isGreaterThan(0.1).isLessThan(0.13);
    }

    @Test
    void threadsDoNotChangeTheFit() {
        Points train = CurvedClasses.of(1500, 6, 4, 1);
        byte[] labels = labels(1500, 4);
        LinearProbe one = new LinearProbe(train, labels, 4, new LinearProbe.Settings(1e-3, 50, 0, 1));
        LinearProbe four = new LinearProbe(train, labels, 4, new LinearProbe.Settings(1e-3, 50, 0, 4));
        assertThat(four.loss()).isEqualTo(one.loss());
        assertThat(four.predict(train)).containsExactly(one.predict(train));
    }

    @Test
    void mismatchesAreRefused() {
        Points two = Points.of(new float[] {0, 1}, 2, 1);
        assertThatThrownBy(() -> new LinearProbe(two, new byte[1], 2, SETTINGS))
                .isInstanceOf(DuetException.class)
                .hasMessage("linear probe: expected 2 training labels, got 1");
        assertThatThrownBy(() -> new LinearProbe(two, new byte[] {0, 2}, 2, SETTINGS))
                .hasMessage("linear probe: expected training labels in [0, 1], got 2 at index 1");
        LinearProbe probe = new LinearProbe(two, new byte[] {0, 1}, 2, SETTINGS);
        assertThatThrownBy(() -> probe.predict(Points.of(new float[2], 1, 2)))
                .hasMessage("linear probe: expected codes of 1 coordinates like the training codes, got 2");
    }

    private static byte[] labels(int count, int classes) {
        byte[] out = new byte[count];
        for (int i = 0; i < count; i++) out[i] = (byte) (i % classes);
        return out;
    }
}
