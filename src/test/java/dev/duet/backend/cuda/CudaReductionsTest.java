package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.RandomValues;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Sums over a grid: right in any geometry, and the same bits whatever the order in which threads and blocks run, launch after
 * launch.
 */
class CudaReductionsTest {
    private record Geometry(int gridX, int gridY, int block) {}

    private static final List<Geometry> GEOMETRIES = List.of(
            new Geometry(1, 1, 32),
            new Geometry(2, 3, 96),
            new Geometry(7, 1, 256),
            new Geometry(3, 2, 160),
            new Geometry(50, 2, 64));

    private final CudaBackend backend = CudaVariants.separate(Precision.FP32);
    private final CudaContext context = backend.context();

    @AfterEach
    void close() {
        SimCuda.set("order", "forward");
        backend.close();
        CudaVariants.assertNoFaults();
    }

    /** A kernel's launch with all but the reduction's arguments. */
    private interface Prepared {
        Launch launch(Kernel kernel, Geometry geometry, Reduction sums);
    }

    private void check(String kernel, int sums, Tensor result, double[] expected, Runnable reset, Prepared prepared) {
        float[] values = new float[result.shape().size()];
        float[] again = new float[values.length];
        for (Geometry geometry : GEOMETRIES) {
            Reduction reduction = new Reduction(context, "test", (long) geometry.gridX * sums, geometry.gridY);
            Launch launch = prepared.launch(context.kernels().kernel(kernel), geometry, reduction);
            SimCuda.set("order", "forward");
            run(reset, launch, result, values);
            for (int i = 0; i < sums; i++) {
                assertThat((double) values[i])
                        .as("%s, sum %d, %s", kernel, i, geometry)
                        .isCloseTo(expected[i], within(1e-6 * (1 + Math.abs(expected[i]))));
            }
            for (String order : List.of("reverse", "seeded:1", "seeded:2")) {
                SimCuda.set("order", order);
                run(reset, launch, result, again);
                assertThat(again)
                        .as("%s in order %s, %s", kernel, order, geometry)
                        .isEqualTo(values);
            }
        }
    }

    private void run(Runnable reset, Launch launch, Tensor result, float[] values) {
        reset.run();
        launch.run();
        backend.read(result, values);
    }

    private Launch launch(Kernel kernel, Geometry g) {
        return new Launch(context, kernel, g.gridX, g.gridY, g.block, 0);
    }

    private Tensor tensor(String name, int rows, int columns, float[] values) {
        Tensor tensor = backend.tensor(name, Shape.of(rows, columns));
        backend.write(tensor, values);
        return tensor;
    }

    /** Packs of 4 in one tile and in several, single columns likewise, and those of a decoder's last layer. */
    @ParameterizedTest
    @CsvSource({"37, 20", "9, 520", "41, 7", "5, 70", "300, 1", "100, 3"})
    void biasGradient(int rows, int columns) {
        float[] output = RandomValues.normals(1, rows * columns);
        float[] gradient = RandomValues.normals(2, rows * columns);
        double[] expected = new double[columns];
        for (int i = 0; i < output.length; i++) expected[i % columns] += output[i] > 0 ? gradient[i] : 0;
        Tensor y = tensor("y", rows, columns, output);
        Tensor dy = tensor("dy", rows, columns, gradient);
        Tensor dBias = backend.tensor("dBias", Shape.of(1, columns));
        check(
                "bias_activation_backward_f32",
                columns,
                dBias,
                expected,
                () -> backend.write(dy, gradient),
                (kernel, geometry, sums) -> launch(kernel, geometry)
                        .pointer(0, CudaTensor.addressOf(y))
                        .pointer(1, CudaTensor.addressOf(dy))
                        .pointer(2, CudaTensor.addressOf(dBias))
                        .pointer(3, sums.partials())
                        .pointer(4, sums.counter())
                        .i64(5, rows)
                        .i32(6, columns)
                        .i32(7, 1));
    }

    /** The squared error, which is the simplest to tell: packs of 4 and single values. */
    @ParameterizedTest
    @CsvSource({"3, 52", "2, 13", "5, 4000"})
    void likelihoodTerms(int blocks, int size) {
        float[] logits = RandomValues.normals(3, blocks * size);
        float[] x = new float[size];
        double[] expected = new double[blocks];
        for (int i = 0; i < logits.length; i++) {
            double error = 1 / (1 + Math.exp(-logits[i])) - x[i % size];
            expected[i / size] += error * error;
        }
        Tensor l = tensor("logits", blocks, size, logits);
        Tensor target = tensor("x", 1, size, x);
        Tensor weights = tensor("weights", 1, blocks, RandomValues.normals(4, blocks));
        Tensor terms = backend.tensor("terms", Shape.of(1, blocks));
        check(
                "likelihood_f32",
                blocks,
                terms,
                expected,
                () -> {},
                (kernel, geometry, sums) -> launch(kernel, geometry)
                        .i32(0, 1)
                        .f32(1, 1)
                        .f32(2, 0)
                        .pointer(3, CudaTensor.addressOf(weights))
                        .pointer(4, CudaTensor.addressOf(l))
                        .pointer(5, CudaTensor.addressOf(target))
                        .pointer(6, 0)
                        .pointer(7, 0)
                        .pointer(8, CudaTensor.addressOf(terms))
                        .pointer(9, sums.partials())
                        .pointer(10, sums.counter())
                        .i32(11, blocks)
                        .i64(12, size));
    }
}
