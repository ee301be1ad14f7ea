package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import org.junit.jupiter.api.Test;

class ConfidenceTest {
    @Test
    void eightOfTen() {
        Confidence eight = Confidence.wilson(8, 10);
        assertThat(eight.estimate()).isEqualTo(0.8);
        assertThat(eight.low()).isCloseTo(0.4902, within(5e-5));
        assertThat(eight.high()).isCloseTo(0.9433, within(5e-5));
    }

    /** With none of n the upper end is z² / (n + z²), and all of n is its mirror image. */
    @Test
    void theEndsAreInClosedForm() {
        double end = 3.841458820694124 / 13.841458820694124;
        assertThat(Confidence.wilson(0, 10).low()).isZero();
        assertThat(Confidence.wilson(0, 10).high()).isCloseTo(end, within(1e-14));
        assertThat(Confidence.wilson(10, 10).low()).isCloseTo(1 - end, within(1e-14));
        assertThat(Confidence.wilson(10, 10).high()).isEqualTo(1);
    }

    @Test
    void withoutTrialsNothingIsKnown() {
        Confidence none = Confidence.wilson(0, 0);
        assertThat(none.estimate()).isNaN();
        assertThat(none.low()).isZero();
        assertThat(none.high()).isEqualTo(1);
    }

    @Test
    void moreSuccessesThanTrialsAreRefused() {
        assertThatThrownBy(() -> Confidence.wilson(3, 2))
                .isInstanceOf(DuetException.class)
                .hasMessage("Wilson interval: expected 0 ≤ successes ≤ trials, got 3 successes of 2 trials");
    }

    /** Class 0: 3 of 4 right, class 1: 1 of 1, class 2 never occurs: 4 of 5 in all, (3/4 + 1) / 2 on average. */
    @Test
    void confusionMatrixGivesAccuracyPerClassAndAveraged() {
        ConfusionMatrix matrix = new ConfusionMatrix(3);
        for (int i = 0; i < 3; i++) matrix.add(0, 0);
        matrix.add(0, 2);
        matrix.add(1, 1);
        assertThat(matrix.count(0, 2)).isEqualTo(1);
        assertThat(matrix.count(2, 0)).isZero();
        assertThat(matrix.total(0)).isEqualTo(4);
        assertThat(matrix.accuracy()).isEqualTo(Confidence.wilson(4, 5));
        assertThat(matrix.accuracy(0).estimate()).isEqualTo(0.75);
        assertThat(matrix.accuracy(2).estimate()).isNaN();
        assertThat(matrix.macroAccuracy()).isEqualTo(0.875);
        assertThatThrownBy(() -> matrix.add(0, 3))
                .isInstanceOf(DuetException.class)
                .hasMessage("confusion matrix: expected a class in [0, 2], got 3");
    }
}
