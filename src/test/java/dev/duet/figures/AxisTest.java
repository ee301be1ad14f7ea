package dev.duet.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class AxisTest {
    @Test
    void marksRoundValuesInTheRange() {
        assertThat(labels(new Axis(14, 305, false, false), 6)).containsExactly("50", "100", "150", "200", "250", "300");
        assertThat(labels(new Axis(-0.12, 0.31, false, false), 5)).containsExactly("−0.1", "0.0", "0.1", "0.2", "0.3");
        assertThat(labels(new Axis(0, 9380, false, true), 8)).containsExactly("0", "2,000", "4,000", "6,000", "8,000");
    }

    @Test
    void marksWholeNumbersOnlyWhereAllValuesAreWhole() {
        Axis epochs = Axis.over(List.of(new double[] {1, 2, 3}), false);
        assertThat(labels(epochs, 8)).containsExactly("1", "2", "3");
        Axis oneEpoch = Axis.over(List.of(new double[] {1}), false);
        assertThat(labels(oneEpoch, 8)).containsExactly("1");
    }

    @Test
    void marksLogarithmicAxesAtOneTwoFive() {
        Axis axis = Axis.over(List.of(new double[] {160, 2200, -5, Double.NaN, 0}), true);
        assertThat(labels(axis, 6)).containsExactly("200", "500", "1,000", "2,000");
        assertThat(axis.share(Math.sqrt(axis.low() * axis.high()))).isCloseTo(0.5, within(1e-12));
        assertThat(axis.share(0)).isNaN();
        assertThat(labels(new Axis(1e-3, 1e3, true, false), 6))
                .containsExactly("0.001", "0.01", "0.1", "1", "10", "100", "1,000");
    }

    @Test
    void writesVeryLargeAndVerySmallValuesWithAnExponent() {
        assertThat(labels(new Axis(0, 2.2e-5, false, false), 4)).containsExactly("0", "1e-5", "2e-5");
        assertThat(labels(new Axis(0, 2.2e9, false, false), 4)).containsExactly("0", "1e9", "2e9");
    }

    @Test
    void hasARangeWithoutAnyValue() {
        Axis axis = Axis.over(List.of(new double[] {Double.NaN}), false);
        assertThat(axis.low()).isCloseTo(-0.04, within(1e-12));
        assertThat(axis.high()).isCloseTo(1.04, within(1e-12));
    }

    private static List<String> labels(Axis axis, int wanted) {
        return Axis.labels(axis.ticks(wanted));
    }
}
