package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import org.junit.jupiter.api.Test;

class TrustworthinessTest {
    @Test
    void theDataThemselvesAreTrustedFully() {
        Points data = CurvedClasses.noise(100, 5, 1);
        assertThat(Trustworthiness.of(data, data, 12).value()).isEqualTo(1);
    }

    /**
     * By hand, k = 1: the nearest in the plane are 2, 2, 0, 4, 3; their ranks in the data 2, 2, 2, 4, 1; so the excess
     * is 1 + 1 + 1 + 3 + 0 = 6 and the value 1 − 2 · 6 / (5 · 1 · (10 − 3 − 1)) = 0.6.
     */
    @Test
    void agreesWithACaseByHand() {
        Points data = Points.of(new float[] {0, 1, 3, 7, 15}, 5, 1);
        Points plane = Points.of(new float[] {0, 10, 1, 20, 21}, 5, 1);
        assertThat(Trustworthiness.of(data, plane, 1).value()).isCloseTo(0.6, within(1e-15));
    }

    @Test
    void anUnrelatedEmbeddingIsWorthAHalf() {
        Points data = CurvedClasses.noise(800, 5, 2);
        Points plane = CurvedClasses.noise(800, 2, 3);
        Trustworthiness exact = Trustworthiness.of(data, plane, 12);
        assertThat(exact.value()).isCloseTo(0.5, within(0.02));
        assertThat(exact.queries()).isEqualTo(800);

        Trustworthiness sampled = Trustworthiness.sampled(data, plane, 12, 200, 9);
        assertThat(sampled.queries()).isEqualTo(200);
        assertThat(sampled.value()).isNotEqualTo(exact.value()).isCloseTo(exact.value(), within(0.03));
        assertThat(Trustworthiness.sampled(data, plane, 12, 200, 9)).isEqualTo(sampled);
    }

    /** Ranks of equal distances go by index, before and after the point itself alike. */
    @Test
    void equalPointsTrustEachOther() {
        Points same = Points.of(new float[20], 10, 2);
        assertThat(Trustworthiness.of(same, same, 3).value()).isEqualTo(1);
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        Points ten = CurvedClasses.noise(10, 2, 4);
        assertThatThrownBy(() -> Trustworthiness.of(ten, CurvedClasses.noise(9, 2, 4), 3))
                .isInstanceOf(DuetException.class)
                .hasMessage("trustworthiness: expected an embedding of the 10 data points, got 9");
        assertThatThrownBy(() -> Trustworthiness.of(ten, ten, 7))
                .hasMessage("trustworthiness: expected k from 1 to less than two thirds of the 10 points, got 7");
        assertThatThrownBy(() -> Trustworthiness.sampled(ten, ten, 3, 11, 0))
                .hasMessage("trustworthiness: expected 1 to 10 sampled points, got 11");
    }
}
