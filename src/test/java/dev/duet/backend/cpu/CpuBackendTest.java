package dev.duet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.backend.Activation;
import dev.duet.backend.Images;
import dev.duet.backend.Indices;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.RandomValues;
import dev.duet.backend.ShapeMismatch;
import dev.duet.backend.cpu.CpuBackend.Precision;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CpuBackendTest {
    private final CpuBackend backend = new CpuBackend(1);

    @AfterEach
    void close() {
        backend.close();
        backend.close(); // the second does nothing
    }

    @Test
    void saysWhatItRunsOn() {
        assertThat(backend.describe())
                .isEqualTo("cpu: own kernels, " + Isa.best().label() + ", fp32, 1 thread");
        assertThat(backend.precision()).isEqualTo("fp32");
        try (CpuBackend bfloat16 = new CpuBackend(2, Isa.SCALAR, Precision.BF16)) {
            assertThat(bfloat16.describe()).isEqualTo("cpu: own kernels, scalar, bf16, 2 threads");
            assertThat(bfloat16.precision()).isEqualTo("bf16");
        }
    }

    /** Hidden images of an even number of channels alone; what is read is what was written, rounded. */
    @Test
    void inBfloat16OnlyHiddenImagesAreThat() {
        try (CpuBackend bfloat16 = new CpuBackend(1, Precision.BF16)) {
            for (Shape shape : List.of(Shape.of(2, 8, 3, 5), Shape.of(1, 34, 1, 1))) {
                assertThat(writtenAndRead(bfloat16, shape, 2)).isEqualTo(RandomValues.bfloat16(values(shape)));
            }
            for (Shape shape : List.of(Shape.of(2, 6, 3, 5), Shape.of(2, 9, 3, 5), Shape.of(2, 8), Shape.of(8))) {
                assertThat(writtenAndRead(bfloat16, shape, 4)).isEqualTo(values(shape));
            }
        }
    }

    private static float[] values(Shape shape) {
        return RandomValues.normals(1, shape.size());
    }

    private static float[] writtenAndRead(CpuBackend backend, Shape shape, int elementBytes) {
        Tensor tensor = backend.tensor("t", shape);
        assertThat(tensor.bytes()).isEqualTo((long) elementBytes * shape.size());
        backend.write(tensor, values(shape));
        float[] read = new float[shape.size()];
        backend.read(tensor, read);
        return read;
    }

    @Test
    void shardsDependOnTheBatchAlone() {
        int[] batches = {1, 8, 15, 16, 24, 31, 32, 127, 128, 129, 256, 4096};
        assertThat(IntStream.of(batches).map(backend::shards)).containsExactly(1, 1, 1, 2, 3, 3, 4, 4, 4, 5, 8, 8);
    }

    /** So that gradient buffers made for whole batches are enough for the ragged last ones. */
    @Test
    void aSmallerBatchHasNoMoreShards() {
        for (int batch = 2; batch <= 512; batch++) {
            assertThat(backend.shards(batch - 1)).as("batch %d", batch - 1).isLessThanOrEqualTo(backend.shards(batch));
        }
    }

    @Test
    void namesTheInstructionSetsOfTheMachine() {
        assertThat(Isa.chosen(null)).isEqualTo(Isa.best());
        assertThat(Isa.chosen("scalar")).isEqualTo(Isa.SCALAR);
        for (Isa isa : Isa.available()) assertThat(Isa.chosen(isa.label())).isEqualTo(isa);
        assertThat(Isa.AVX512_BF16.label()).isEqualTo("avx512_bf16");
        assertThat(Isa.AMX.label()).isEqualTo("amx");
        assertThatThrownBy(() -> Isa.chosen("mmx"))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("DUET_ISA: expected one of [scalar")
                .hasMessageContaining("got 'mmx'");
    }

    @Test
    void refusesTheInstructionSetsThatTheMachineLacks() {
        assertThat(Isa.available()).doesNotContain(Isa.EMULATED_AMX);
        for (Isa isa : Isa.values()) {
            if (Isa.available().contains(isa)) continue;
            assertThatThrownBy(() -> Isa.chosen(isa.label()))
                    .isInstanceOf(DuetException.class)
                    .hasMessageContaining(", got '" + isa.label() + "'");
        }
    }

    @Test
    void refusesAWrongShape() {
        LayerSpec spec = new LayerSpec.Conv2d(3, 16, 4, 2, 1, Activation.NONE);
        ParameterBuffer parameters = backend.parameters(
                List.of(
                        new ParameterSpec("w", spec, ParameterSpec.Role.WEIGHT),
                        new ParameterSpec("b", spec, ParameterSpec.Role.BIAS)),
                1);
        Variable x = backend.variable("x", Shape.of(2, 1, 8, 8), true);
        Variable y = backend.variable("y", Shape.of(2, 16, 4, 4), true);
        assertThatThrownBy(() -> backend.layer(spec, x, parameters.variable(0, 0), parameters.variable(1, 0), y))
                .isInstanceOf(ShapeMismatch.class)
                .hasMessageContaining("tensor 'x': expected (2,3,8,8), got (2,1,8,8)");
    }

    /** A frozen layer hands its gradient down without touching its parameters, and a NaN is never hidden by its ReLU. */
    @Test
    void frozenLayersAndNaNsPassThrough() {
        LayerSpec spec = new LayerSpec.Linear(Shape.of(2, 1, 1), Shape.of(2, 1, 1), Activation.RELU);
        ParameterBuffer parameters = backend.parameters(
                List.of(
                        new ParameterSpec("w", spec, ParameterSpec.Role.WEIGHT),
                        new ParameterSpec("b", spec, ParameterSpec.Role.BIAS)),
                1);
        parameters.write(ParameterBuffer.Slot.VALUE, 0, new float[] {1, 2, -3, 4});
        parameters.refresh();
        Variable x = backend.variable("x", Shape.of(2, 2), true);
        backend.write(x.value(), new float[] {1, Float.NaN, 5, 0.5f});
        Variable y = backend.variable("y", Shape.of(2, 2), true);
        backend.write(y.grad(), new float[] {0, 0, 10, 100});
        Variable weight = Variable.constant(parameters.variable(0, 0).value());
        Variable bias = Variable.constant(parameters.variable(1, 0).value());
        Op op = backend.layer(spec, x, weight, bias, y);
        op.forward();
        op.backward();
        float[] output = new float[4];
        backend.read(y.value(), output);
        assertThat(output).containsExactly(Float.NaN, Float.NaN, 6, 0);
        float[] gradient = new float[4];
        backend.read(x.grad(), gradient);
        assertThat(gradient).containsExactly(0, 0, 10, 20);
        assertThat(parameters.read(ParameterBuffer.Slot.GRADIENT, 0)).containsOnly(0);
    }

    @Test
    void refusesAnIndexBeyondTheImages() {
        Images images = backend.images(ByteBuffer.allocateDirect(3 * 4), 3, 2, 2, 1);
        Indices indices = backend.indices(2);
        Tensor x = backend.tensor("x", Shape.of(2, 1, 2, 2));
        Op gather = backend.gather(images, indices, 0, x);
        indices.write(new int[] {2, 3}, 0, 2);
        assertThatThrownBy(gather::forward)
                .isInstanceOf(DuetException.class)
                .hasMessage("image of row 1: expected 0 to 2, got 3");
    }

    @Test
    void refusesABufferOfAnotherSize() {
        assertThatThrownBy(() -> backend.images(ByteBuffer.allocateDirect(11), 3, 2, 2, 1))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("expected a direct buffer of 12 bytes, got one of 11");
    }
}
