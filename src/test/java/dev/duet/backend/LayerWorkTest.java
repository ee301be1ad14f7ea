package dev.duet.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link LayerSpec#flops} against what layers compute: where all is 1, an output is the number of its products. */
class LayerWorkTest {
    @ParameterizedTest
    @MethodSource("dev.duet.backend.LayerConformance#cases")
    void countsTheProductsThatALayerComputes(LayerConformance.Case c) {
        try (Backend backend = new ReferenceBackend()) {
            Variable x = ones(
                    backend,
                    c.input().get(1) * c.input().get(2) == 1
                            ? Shape.of(1, c.input().get(0))
                            : c.input().batched(1));
            Variable weight = ones(backend, c.spec().weightShape());
            Variable bias = Variable.constant(backend.tensor("bias", c.spec().biasShape()));
            Shape output = c.spec().output(c.input());
            Variable y = Variable.constant(backend.tensor(
                    "y", output.get(1) * output.get(2) == 1 ? Shape.of(1, output.get(0)) : output.batched(1)));
            backend.layer(c.spec(), x, weight, bias, y).forward();
            float[] products = new float[output.size()];
            backend.read(y.value(), products);
            double sum = 0;
            for (float each : products) sum += each;
            assertThat(c.spec().flops(c.input())).isEqualTo(2 * (long) sum);
        }
    }

    private static Variable ones(Backend backend, Shape shape) {
        Tensor tensor = backend.tensor("ones", shape);
        float[] values = new float[shape.size()];
        Arrays.fill(values, 1);
        backend.write(tensor, values);
        return Variable.constant(tensor);
    }
}
