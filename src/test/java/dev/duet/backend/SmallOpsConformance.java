package dev.duet.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.ParameterBuffer.Slot;
import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Gather, noise, Adam, and the way in and out of memory. */
abstract class SmallOpsConformance extends Conformance {
    SmallOpsConformance(TestedBackend device) {
        super(device);
    }

    @Test
    void tensorsKeepCanonicalOrder() {
        for (Supplier<Backend> supplier : backends()) {
            try (Backend backend = supplier.get()) {
                for (Shape shape : List.of(Shape.of(2, 3, 5, 7), Shape.of(4, 9), Shape.of(11))) {
                    float[] values = random("t", shape.size());
                    Results results = new Results();
                    results.add("t", backend, written(backend, "t", shape, values));
                    assertThat(results.get("t")).as(shape.toString()).containsExactly(values);
                }
            }
        }
    }

    @Test
    void gathersBytes() {
        ByteBuffer pixels = ByteBuffer.allocateDirect(6 * 5 * 4 * 3);
        for (int i = 0; i < pixels.capacity(); i++) pixels.put(i, (byte) (i * 7));
        compare(
                "gather",
                1e-7,
                backend -> { // one rounding of a quotient
                    Images images = backend.images(pixels, 6, 5, 4, 3);
                    Indices indices = backend.indices(5);
                    indices.write(new int[] {9, 0, 5, 1, 2, 2}, 1, 5);
                    Tensor x = backend.tensor("x", Shape.of(3, 3, 5, 4));
                    backend.gather(images, indices, 2, x).forward();
                    Results results = new Results();
                    results.add("x", backend, x);
                    return results;
                });
    }

    /** Each normal agrees to 4 units in the last place: three roundings of each of radius and sine, and the product. */
    @Test
    void normalsAgreeToAFewUlp() {
        int rows = 501;
        int columns = 7;
        for (Supplier<Backend> supplier : backends()) {
            try (Backend backend = supplier.get()) {
                backend.scalars().seed = 0x123456789abcdefL;
                backend.scalars().step = 77;
                Tensor eps = backend.tensor("eps", Shape.of(rows, columns));
                backend.normal(3, eps).forward();
                float[] actual = new float[rows * columns];
                backend.read(eps, actual);
                for (int i = 0; i < actual.length; i++) {
                    double expected = Philox.normal(0x123456789abcdefL, Philox.Stream.NOISE, 77, 3L * columns + i);
                    double ulps = Math.abs(actual[i] - expected) / Math.ulp((float) expected);
                    assertThat(ulps)
                            .as("normal %d on %s", i, backend.describe())
                            .isLessThanOrEqualTo(4);
                }
            }
        }
    }

    @Test
    void adamSumsTheShardsAndUpdates() {
        LayerSpec linear = new LayerSpec.Linear(Shape.of(3, 2, 2), Shape.of(5, 3, 1), Activation.NONE);
        LayerSpec wide = new LayerSpec.Conv2d(32, 64, 4, 2, 1, Activation.NONE); // more than one thread's range
        List<ParameterSpec> specs = List.of(
                new ParameterSpec("linear.weight", linear, ParameterSpec.Role.WEIGHT),
                new ParameterSpec("linear.bias", linear, ParameterSpec.Role.BIAS),
                new ParameterSpec("wide.weight", wide, ParameterSpec.Role.WEIGHT));
        for (int shards : new int[] {1, 3}) {
            compare(
                    "adam, " + shards + " shards",
                    1e-6,
                    backend -> { // a dozen roundings per element, no sums
                        ParameterBuffer parameters = backend.parameters(specs, 3);
                        Op adam = backend.adam(parameters, shards, 0.9, 0.999, 1e-8);
                        backend.scalars().learningRate = 0.01f;
                        for (int step = 1; step <= 3; step++) {
                            setGradients(backend, parameters, shards, step);
                            backend.scalars().adamStep = step;
                            adam.forward();
                        }
                        Results results = new Results();
                        for (int i = 0; i < specs.size(); i++) {
                            for (Slot slot : List.of(Slot.VALUE, Slot.ADAM_M, Slot.ADAM_V)) {
                                results.add(slot + " " + i, parameters.read(slot, i));
                            }
                            if (shards == 3) results.add("gradient " + i, parameters.read(Slot.GRADIENT, i));
                        }
                        return results;
                    });
        }
    }

    @Test
    void afterARestartAdamLeavesAloneWhatHasNoGradient() {
        LayerSpec linear = new LayerSpec.Linear(Shape.of(3, 2, 2), Shape.of(5, 3, 1), Activation.NONE);
        List<ParameterSpec> specs = List.of(
                new ParameterSpec("weight", linear, ParameterSpec.Role.WEIGHT),
                new ParameterSpec("bias", linear, ParameterSpec.Role.BIAS));
        for (Supplier<Backend> device : backends()) {
            try (Backend backend = device.get()) {
                ParameterBuffer parameters = backend.parameters(specs, 2);
                Op adam = backend.adam(parameters, 2, 0.9, 0.999, 1e-8);
                setGradients(backend, parameters, 2, 1);
                adam.forward();
                float[] trained = parameters.read(Slot.VALUE, 0);
                float[] bias = parameters.read(Slot.VALUE, 1);
                parameters.restart();
                assertThat(parameters.read(Slot.ADAM_M, 0)).containsOnly(0);
                assertThat(parameters.read(Slot.ADAM_V, 1)).containsOnly(0);
                assertThat(parameters.read(Slot.GRADIENT, 0)).containsOnly(0);
                Tensor gradient = parameters.variable(1, 0).grad();
                backend.write(gradient, random("g", gradient.shape().size()));
                adam.forward();
                assertThat(parameters.read(Slot.VALUE, 0)).isEqualTo(trained);
                assertThat(parameters.read(Slot.VALUE, 1)).isNotEqualTo(bias);
            }
        }
    }

    private static void setGradients(Backend backend, ParameterBuffer parameters, int shards, int step) {
        for (int i = 0; i < parameters.specs().size(); i++) {
            if (step == 1) {
                int size = parameters.specs().get(i).shape().size();
                parameters.write(Slot.VALUE, i, random("value" + i, size));
            }
            for (int shard = 0; shard < shards; shard++) {
                Tensor gradient = parameters.variable(i, shard).grad();
                String name = "g" + i + shard + step;
                backend.write(gradient, random(name, gradient.shape().size()));
            }
        }
        parameters.refresh();
    }
}
