package dev.duet.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ShapeTest {
    @Test
    void aBatchGoesInFrontAndAnotherBatchReplacesIt() {
        Shape image = Shape.of(3, 28, 32);
        assertThat(image.batched(5)).isEqualTo(Shape.of(5, 3, 28, 32)).hasToString("(5,3,28,32)");
        assertThat(image.batched(5).withOuter(7)).isEqualTo(image.batched(7));
        assertThat(image).isEqualTo(Shape.of(3, 28, 32));
        assertThat(image.batched(5).size()).isEqualTo(5 * 3 * 28 * 32);
    }
}
