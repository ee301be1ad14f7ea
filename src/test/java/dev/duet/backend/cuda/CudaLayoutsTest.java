package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Activation;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.ParameterSpec.Role;
import dev.duet.tensor.Shape;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CudaLayoutsTest {
    @Test
    void imagesAreNhwc() {
        Shape shape = Shape.of(2, 3, 4, 5);
        assertThat(Layouts.activation(shape, canonical(shape, 1, 2, 3, 4))).isEqualTo(((1 * 4 + 3) * 5 + 4) * 3 + 2);
        assertThat(Layouts.activation(Shape.of(7, 9), 31)).isEqualTo(31);
    }

    /** K = axis 0, C = axis 1 of the canonical weight, whichever of them is the layer's input. */
    @Test
    void kernelsAreKrsc() {
        for (LayerSpec layer : new LayerSpec[] {
            new LayerSpec.Conv2d(3, 5, 4, 2, 1, Activation.NONE),
            new LayerSpec.ConvTranspose2d(5, 3, 4, 2, 1, Activation.NONE)
        }) {
            Shape shape = layer.weightShape(); // (5, 3, 4, 4)
            ParameterSpec spec = new ParameterSpec("w", layer, Role.WEIGHT);
            assertThat(Layouts.parameter(spec, canonical(shape, 4, 2, 1, 3))).isEqualTo(((4 * 4 + 1) * 4 + 3) * 3 + 2);
            ParameterSpec bias = new ParameterSpec("b", layer, Role.BIAS);
            assertThat(Layouts.parameter(bias, 2)).isEqualTo(2);
        }
    }

    @Test
    void linearWeightsFollowTheImagesOnBothSides() {
        LayerSpec.Linear layer = new LayerSpec.Linear(Shape.of(3, 2, 2), Shape.of(5, 3, 1), Activation.NONE);
        ParameterSpec weight = new ParameterSpec("w", layer, Role.WEIGHT);
        int outChw = 4 * 3 + 2; // channel 4, row 2
        int inChw = 1 * 4 + 3; // channel 1, row 1, column 1
        assertThat(Layouts.parameter(weight, outChw * 12 + inChw)).isEqualTo((2 * 5 + 4) * 12 + 3 * 3 + 1);
        assertThat(Layouts.parameter(new ParameterSpec("b", layer, Role.BIAS), outChw))
                .isEqualTo(2 * 5 + 4);
    }

    @Test
    void everyElementHasItsPlace() {
        LayerSpec layer = new LayerSpec.Linear(Shape.of(3, 2, 2), Shape.of(5, 3, 1), Activation.NONE);
        ParameterSpec weight = new ParameterSpec("w", layer, Role.WEIGHT);
        assertThat(IntStream.range(0, weight.shape().size())
                        .map(i -> Layouts.parameter(weight, i))
                        .distinct()
                        .count())
                .isEqualTo(weight.shape().size());
    }

    private static int canonical(Shape shape, int... at) {
        int index = 0;
        for (int axis = 0; axis < at.length; axis++) index = index * shape.get(axis) + at[axis];
        return index;
    }
}
