package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.RandomValues;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels around the matrix products of layers with one or three channels, against the definition of a convolution. */
class CudaPatchesTest {
    /** Images (images, height, width, channels), and a convolution of them to (coarseHeight, coarseWidth) positions. */
    private record Geometry(int images, int height, int width, int channels, int kernel, int stride, int padding) {
        int coarseHeight() {
            return (height + 2 * padding - kernel) / stride + 1;
        }

        int coarseWidth() {
            return (width + 2 * padding - kernel) / stride + 1;
        }

        int taps() {
            return kernel * kernel * channels;
        }

        int positions() {
            return images * coarseHeight() * coarseWidth();
        }

        int size() {
            return images * height * width * channels;
        }

        /** Fine value that patch value (position, tap) is, or −1 in the padding. */
        int fine(int position, int tap) {
            int y = position / coarseWidth() % coarseHeight() * stride - padding + tap / channels / kernel;
            int x = position % coarseWidth() * stride - padding + tap / channels % kernel;
            if (y < 0 || y >= height || x < 0 || x >= width) return -1;
            int image = position / coarseWidth() / coarseHeight();
            return ((image * height + y) * width + x) * channels + tap % channels;
        }

        Launch arguments(Launch launch, int first) {
            return launch.i32(first, height).i32(first + 1, width).i32(first + 2, channels);
        }
    }

    /** The lab's last and first layers, smaller; edges that no position reaches; odd numbers. */
    static List<Geometry> geometries() {
        return List.of(
                new Geometry(4, 8, 8, 1, 4, 2, 1),
                new Geometry(6, 8, 12, 3, 4, 2, 1),
                new Geometry(2, 5, 7, 3, 3, 1, 1),
                new Geometry(4, 7, 5, 1, 3, 2, 0),
                new Geometry(2, 6, 6, 2, 2, 3, 0));
    }

    private static Tensor tensor(CudaBackend backend, String name, float[] values) {
        Tensor tensor = backend.tensor(name, Shape.of(1, values.length));
        backend.write(tensor, values);
        return tensor;
    }

    private static Launch launch(CudaContext context, String kernel, int gridX, int gridY, int block) {
        return new Launch(context, context.kernels().kernel(kernel), gridX, gridY, block, 0);
    }

    @ParameterizedTest
    @MethodSource("geometries")
    void patchesAreTheImagesPixelsOrZero(Geometry g) {
        float[] fine = RandomValues.normals(1, g.size());
        float[] expected = new float[g.positions() * g.taps()];
        for (int i = 0; i < expected.length; i++) {
            int source = g.fine(i / g.taps(), i % g.taps());
            expected[i] = source < 0 ? 0 : fine[source];
        }
        float[] actual = new float[expected.length];
        try (CudaBackend backend = CudaVariants.separate(Precision.FP32)) {
            Tensor patches = tensor(backend, "patches", RandomValues.normals(2, expected.length));
            Launch launch = launch(backend.context(), "im2col_f32", 3, 1, 96)
                    .pointer(0, CudaTensor.addressOf(tensor(backend, "fine", fine)))
                    .pointer(1, CudaTensor.addressOf(patches))
                    .i32(2, g.images);
            g.arguments(launch, 3)
                    .i32(6, g.coarseHeight())
                    .i32(7, g.coarseWidth())
                    .i32(8, g.kernel)
                    .i32(9, g.stride)
                    .i32(10, g.padding)
                    .run();
            backend.read(patches, actual);
        }
        CudaVariants.assertNoFaults();
        assertThat(actual).isEqualTo(expected);
    }

    /** Through bf16 and back: the same patches, rounded. */
    @ParameterizedTest
    @ValueSource(strings = {"im2col_f32_bf16", "im2col_bf16"})
    void patchesInBfloat16AreRounded(String kernel) {
        Geometry g = new Geometry(2, 8, 8, 3, 4, 2, 1);
        float[] fine = RandomValues.normals(1, g.size());
        float[] actual = new float[g.positions() * g.taps()];
        try (CudaBackend backend = CudaVariants.separate(Precision.FP32)) {
            CudaContext context = backend.context();
            long halves = context.memory().allocate("fine in bf16", 2L * fine.length);
            long patches = context.memory().allocate("patches in bf16", 2L * actual.length);
            Tensor source = tensor(backend, "fine", fine);
            Tensor result = backend.tensor("patches", Shape.of(1, actual.length));
            cast(context, "cast_f32_bf16", CudaTensor.addressOf(source), halves, fine.length);
            Launch launch = launch(context, kernel, 5, 1, 64)
                    .pointer(0, kernel.equals("im2col_bf16") ? halves : CudaTensor.addressOf(source))
                    .pointer(1, patches)
                    .i32(2, g.images);
            g.arguments(launch, 3)
                    .i32(6, g.coarseHeight())
                    .i32(7, g.coarseWidth())
                    .i32(8, g.kernel)
                    .i32(9, g.stride)
                    .i32(10, g.padding)
                    .run();
            cast(context, "cast_bf16_f32", patches, CudaTensor.addressOf(result), actual.length);
            backend.read(result, actual);
        }
        CudaVariants.assertNoFaults();
        float[] rounded = RandomValues.bfloat16(fine.clone());
        for (int i = 0; i < actual.length; i++) {
            int from = g.fine(i / g.taps(), i % g.taps());
            assertThat(actual[i]).isEqualTo(from < 0 ? 0 : rounded[from]);
        }
    }

    private static void cast(CudaContext context, String kernel, long from, long to, int count) {
        launch(context, kernel, 2, 1, 32)
                .pointer(0, from)
                .pointer(1, to)
                .i64(2, count)
                .run();
    }

    /** Blocks of images judged against the same targets, by the squared error, through logits that are never stored. */
    @ParameterizedTest
    @MethodSource("geometries")
    void outputJudgesWhatTheContributionsAddUpTo(Geometry g) {
        int blocks = 2;
        int blockSize = g.size() / blocks;
        float[] contributions = RandomValues.normals(3, g.positions() * g.taps());
        float[] bias = RandomValues.normals(4, g.channels);
        float[] target = RandomValues.normals(5, blockSize);
        float[] weights = {0.5f, 2};
        double[] logits = new double[g.size()];
        for (int i = 0; i < logits.length; i++) logits[i] = bias[i % g.channels];
        for (int i = 0; i < contributions.length; i++) {
            int source = g.fine(i / g.taps(), i % g.taps());
            if (source >= 0) logits[source] += contributions[i];
        }
        float[] mean = new float[g.size()];
        float[] dLogits = new float[g.size()];
        float[] terms = new float[blocks];
        try (CudaBackend backend = CudaVariants.separate(Precision.FP32)) {
            Tensor means = tensor(backend, "mean", RandomValues.normals(6, g.size()));
            Tensor gradients = tensor(backend, "dLogits", RandomValues.normals(7, g.size()));
            Tensor sums = tensor(backend, "terms", RandomValues.normals(8, blocks));
            Reduction reduction = new Reduction(backend.context(), "output", 3L * blocks);
            Launch launch = launch(backend.context(), "output_f32", 3, 2, 64)
                    .i32(0, 1)
                    .f32(1, 1)
                    .f32(2, 0)
                    .pointer(3, CudaTensor.addressOf(tensor(backend, "weights", weights)))
                    .pointer(4, CudaTensor.addressOf(tensor(backend, "contributions", contributions)))
                    .pointer(5, CudaTensor.addressOf(tensor(backend, "bias", bias)))
                    .pointer(6, CudaTensor.addressOf(tensor(backend, "target", target)))
                    .pointer(7, CudaTensor.addressOf(means))
                    .pointer(8, CudaTensor.addressOf(gradients))
                    .pointer(9, CudaTensor.addressOf(sums))
                    .pointer(10, reduction.partials())
                    .pointer(11, reduction.counter())
                    .i32(12, blocks)
                    .i32(13, g.images / blocks)
                    .i32(14, g.coarseHeight())
                    .i32(15, g.coarseWidth());
            g.arguments(launch, 16)
                    .i32(19, g.kernel)
                    .i32(20, g.stride)
                    .i32(21, g.padding)
                    .run();
            backend.read(means, mean);
            backend.read(gradients, dLogits);
            backend.read(sums, terms);
        }
        CudaVariants.assertNoFaults();
        double[] nll = new double[blocks];
        for (int i = 0; i < logits.length; i++) {
            double xHat = 1 / (1 + Math.exp(-logits[i]));
            double error = xHat - target[i % blockSize];
            nll[i / blockSize] += error * error;
            assertThat((double) mean[i]).isCloseTo(xHat, within(1e-6));
            double gradient = weights[i / blockSize] * 2 * error * xHat * (1 - xHat);
            assertThat((double) dLogits[i]).isCloseTo(gradient, within(3e-6));
        }
        for (int b = 0; b < blocks; b++) assertThat((double) terms[b]).isCloseTo(nll[b], within(1e-6 * nll[b]));
    }
}
