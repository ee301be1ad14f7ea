package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import org.junit.jupiter.api.Test;

class PointsTest {
    @Test
    void coordinatesAreRowMajor() {
        Points points = Points.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
        assertThat(points.get(1, 0)).isEqualTo(4);
        assertThat(points.get(0, 2)).isEqualTo(3);
    }

    @Test
    void anArrayOfTheWrongLengthIsRefused() {
        assertThatThrownBy(() -> Points.of(new float[5], 2, 3))
                .isInstanceOf(DuetException.class)
                .hasMessage("points: expected an array of 2×3 = 6 coordinates, got 5");
    }

    @Test
    void theFirstRowThatIsNotFiniteIsNamed() {
        Points points = Points.of(new float[] {1, 2, 3, Float.NaN, Float.POSITIVE_INFINITY, 6}, 3, 2);
        assertThatThrownBy(() -> points.requireFinite("latents"))
                .isInstanceOf(DuetException.class)
                .hasMessage("latents: expected finite coordinates, got NaN in row 1, column 1 of 3×2;"
                        + " check the run for a diverged loss");
    }
}
