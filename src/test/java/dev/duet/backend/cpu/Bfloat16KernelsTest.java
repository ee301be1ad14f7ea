package dev.duet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernels' bfloat16 against plain double loops on the same rounded inputs, in each instruction set of this machine and with AMX emulated. */
class Bfloat16KernelsTest {
    private static final int FLOAT32 = CpuKernels.FLOAT32;
    private static final int BFLOAT16 = CpuKernels.BFLOAT16;

    /** Half a unit in the last place, relative. */
    private static final double FLOAT32_ROUNDING = 0x1p-24;

    private static final double BFLOAT16_ROUNDING = 0x1p-8;

    /** Blocks of images of every size, with one left over. */
    private static final int IMAGES = 63;

    /** Channels beyond whole vectors of any instruction set, padding, and a fine side that no kernel ends on. */
    private static final List<Geometry> GEOMETRIES = List.of(
            new Geometry(Shape.of(10, 9, 8), Shape.of(52, 4, 4), 4, 2, 1),
            new Geometry(Shape.of(48, 5, 5), Shape.of(22, 3, 3), 3, 2, 1),
            new Geometry(Shape.of(40, 1, 1), Shape.of(36, 1, 1), 1, 1, 0));

    private final CpuMemory memory = new CpuMemory();
    private final Plans plans = new Plans(memory);
    private final Random random = new Random(1);

    static Stream<Isa> isas() {
        return CpuVariants.isas();
    }

    static Stream<Arguments> isasAndTypes() {
        return isas().flatMap(isa -> Stream.of(
                Arguments.of(isa, BFLOAT16, BFLOAT16),
                Arguments.of(isa, BFLOAT16, FLOAT32),
                Arguments.of(isa, FLOAT32, BFLOAT16)));
    }

    @AfterEach
    void close() {
        CpuKernels.selectIsa(Isa.best().code);
        memory.close(); // fails if a kernel wrote beyond an end
    }

    /**
     * Every bfloat16 and the floats around it and half way to the next: ties, overflow, denormals, infinities, NaN. Each is
     * multiplied by 1 and stored in {@code channels}, some of them in whole vectors, the last on its own.
     */
    @ParameterizedTest
    @MethodSource("isas")
    void roundsToTheNearestAndKeepsNaN(Isa isa) {
        CpuKernels.selectIsa(isa.code);
        int[] below = {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff};
        int count = below.length << 16;
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = Float.intBitsToFloat(((i / below.length) << 16) | below[i % below.length]);
        int channels = 49;
        float[] ones = new float[channels];
        Arrays.fill(ones, 1);
        ByteBuffer target = memory.allocate("target", (long) count * channels * Short.BYTES);
        Geometry identity = new Geometry(Shape.of(1, 1, 1), Shape.of(channels, 1, 1), 1, 1, 0);
        CpuKernels.convolve(
                plans.address(ConvolutionPlan.down(identity)),
                ConvolutionPlan.Epilogue.PLAIN.code,
                FLOAT32,
                put(FLOAT32, values),
                put(FLOAT32, ones),
                0,
                0,
                BFLOAT16,
                CpuKernels.addressOf(target),
                0,
                count);
        // The instruction takes denormals for zero; what is stored one by one keeps them.
        boolean flushes = isa.compareTo(Isa.AVX512_BF16) >= 0;
        for (int i = 0; i < count; i++) {
            float exact = round(values[i]);
            float inVectors = flushes && Math.abs(values[i]) < Float.MIN_NORMAL ? 0 : exact;
            for (int c = 0; c < channels; c++) {
                float expected = c == channels - 1 ? exact : inVectors;
                float actual = get(BFLOAT16, target, i * channels + c);
                boolean same = actual == expected || (Float.isNaN(actual) && Float.isNaN(expected));
                if (!same)
                    assertThat(actual).as("%a in channel %d", values[i], c).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("isas")
    void pairsRowsOfWeights(Isa isa) {
        CpuKernels.selectIsa(isa.code);
        int blocks = 3;
        int rows = 38;
        int columns = 22;
        float[] weights = random(FLOAT32, blocks * rows * columns);
        ByteBuffer paired = memory.allocate("paired", 2L * weights.length);
        ByteBuffer transposed = memory.allocate("transposed", 2L * weights.length);
        long source = put(FLOAT32, weights);
        CpuKernels.pairRows(source, CpuKernels.addressOf(paired), rows, columns, 1, blocks);
        CpuKernels.transposePairs(source, CpuKernels.addressOf(transposed), rows, columns, 1, blocks);
        for (int i = 0; i < weights.length; i++) {
            int block = i / (rows * columns);
            int row = i / columns % rows;
            int column = i % columns;
            float expected = block == 0 ? 0 : round(weights[i]); // block 0 was not asked for
            int first = block * rows * columns;
            assertThat(get(BFLOAT16, paired, first + row / 2 * 2 * columns + 2 * column + row % 2))
                    .isEqualTo(expected);
            assertThat(get(BFLOAT16, transposed, first + column / 2 * 2 * rows + 2 * row + column % 2))
                    .isEqualTo(expected);
        }
    }

    /** Fine to coarse and back, with bias and ReLU one way and a gate and the bias gradient the other. */
    @ParameterizedTest
    @MethodSource("isasAndTypes")
    void convolves(Isa isa, int sourceType, int targetType) {
        CpuKernels.selectIsa(isa.code);
        for (Geometry g : GEOMETRIES) {
            for (boolean down : new boolean[] {true, false}) {
                convolve(g, down, ConvolutionPlan.Epilogue.BIAS_RELU, sourceType, targetType);
                convolve(g, down, ConvolutionPlan.Epilogue.GATE_SUM, sourceType, targetType);
            }
        }
    }

    private void convolve(Geometry g, boolean down, ConvolutionPlan.Epilogue epilogue, int sourceType, int targetType) {
        Shape in = down ? g.fine() : g.coarse();
        Shape out = down ? g.coarse() : g.fine();
        int channels = out.get(0);
        float[] source = random(sourceType, IMAGES * in.size());
        float[] weights = random(sourceType, g.taps() * in.get(0) * channels);
        float[] bias = random(FLOAT32, channels);
        float[] gate = random(targetType, IMAGES * out.size());
        ByteBuffer target = memory.allocate("target", (long) IMAGES * out.size() * bytes(targetType));
        ByteBuffer dBias = memory.allocate("dBias", (long) channels * Float.BYTES);
        CpuKernels.convolve(
                plans.address(down ? ConvolutionPlan.down(g) : ConvolutionPlan.up(g)),
                epilogue.code,
                sourceType,
                put(sourceType, source),
                sourceType == FLOAT32 ? put(FLOAT32, weights) : putPaired(weights, channels),
                put(FLOAT32, bias),
                put(targetType, gate),
                targetType,
                CpuKernels.addressOf(target),
                CpuKernels.addressOf(dBias),
                IMAGES);
        boolean gated = epilogue == ConvolutionPlan.Epilogue.GATE_SUM;
        Sums expected = new Sums(IMAGES * out.size());
        Sums sums = new Sums(channels);
        if (!gated) for (int i = 0; i < IMAGES * out.size(); i++) expected.add(i, bias[i % channels]);
        forEachMeeting(g, (fine, coarse, tap) -> {
            for (int o = 0; o < channels; o++) {
                for (int k = 0; k < in.get(0); k++) {
                    double x = source[(down ? fine : coarse) + k];
                    expected.add((down ? coarse : fine) + o, x * weights[(tap * in.get(0) + k) * channels + o]);
                }
            }
        });
        String what = g + (down ? " down " : " up ") + epilogue;
        for (int i = 0; i < IMAGES * out.size(); i++) {
            boolean zero = gated ? gate[i] <= 0 : expected.value[i] < 0;
            double value = zero ? 0 : expected.value[i];
            double rounding = targetType == BFLOAT16 ? BFLOAT16_ROUNDING * Math.abs(value) : 0;
            double error = Math.abs(get(targetType, target, i) - value);
            if (!(error <= expected.bound(i) + rounding)) {
                assertThat(error).as("%s, element %d = %g", what, i, value).isLessThan(expected.bound(i) + rounding);
            }
            if (gated) sums.add(i % channels, value, expected.bound(i));
        }
        for (int c = 0; c < channels && gated; c++) {
            double error = Math.abs(get(FLOAT32, dBias, c) - sums.value[c]);
            assertThat(error).as("%s, bias %d", what, c).isLessThan(sums.bound(c));
        }
    }

    /** Both sides bfloat16, and either with a float32 side, which is rounded; few fine channels share panels. */
    @ParameterizedTest
    @MethodSource("isasAndTypes")
    void sumsGradientsOfWeightsOverPairsOfImages(Isa isa, int fineType, int coarseType) {
        CpuKernels.selectIsa(isa.code);
        List<Geometry> geometries = new ArrayList<>(GEOMETRIES);
        geometries.add(new Geometry(Shape.of(3, 32, 32), Shape.of(18, 16, 16), 4, 2, 1));
        for (Geometry g : geometries) convolveWeights(g, fineType, coarseType);
    }

    private void convolveWeights(Geometry g, int fineType, int coarseType) {
        float[] fine = random(fineType, IMAGES * g.fine().size());
        float[] coarse = random(coarseType, IMAGES * g.coarse().size());
        int length = g.taps() * g.fineChannels() * g.coarseChannels();
        ByteBuffer gradient = memory.allocate("gradient", (long) length * Float.BYTES);
        int[] plan = WeightPlan.convolution(g);
        int group = plan[4];
        long scratchBytes = 2L * (group + 1) * (g.fine().size() + g.coarse().size()) + 256;
        CpuKernels.convolveWeights(
                plans.address(plan),
                fineType,
                put(fineType, fine),
                coarseType,
                put(coarseType, coarse),
                CpuKernels.addressOf(gradient),
                IMAGES,
                CpuKernels.addressOf(memory.allocate("scratch", scratchBytes)));
        Sums expected = new Sums(length);
        forEachMeeting(g, (finePixel, coarsePixel, tap) -> {
            for (int f = 0; f < g.fineChannels(); f++) {
                double x = round(fine[finePixel + f]);
                for (int c = 0; c < g.coarseChannels(); c++) {
                    expected.add(
                            (tap * g.fineChannels() + f) * g.coarseChannels() + c, x * round(coarse[coarsePixel + c]));
                }
            }
        });
        for (int i = 0; i < length; i++) {
            double error = Math.abs(get(FLOAT32, gradient, i) - expected.value[i]);
            if (!(error <= expected.bound(i))) {
                assertThat(error).as("%s, weight %d", g, i).isLessThan(expected.bound(i));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("isas")
    void gatesAndSumsBiasGradients(Isa isa) {
        CpuKernels.selectIsa(isa.code);
        int rows = 40;
        int columns = 37;
        float[] d = random(BFLOAT16, rows * columns);
        float[] gate = random(BFLOAT16, rows * columns);
        ByteBuffer gradient = memory.allocate("d", 2L * d.length);
        put(BFLOAT16, d, gradient);
        ByteBuffer dBias = memory.allocate("dBias", (long) columns * Float.BYTES);
        CpuKernels.biasGradient(
                BFLOAT16,
                CpuKernels.addressOf(gradient),
                put(BFLOAT16, gate),
                CpuKernels.addressOf(dBias),
                rows,
                columns);
        Sums expected = new Sums(columns);
        for (int i = 0; i < d.length; i++) {
            float kept = gate[i] > 0 ? d[i] : 0;
            assertThat(get(BFLOAT16, gradient, i)).isEqualTo(kept);
            expected.add(i % columns, kept);
        }
        for (int c = 0; c < columns; c++) {
            assertThat(Math.abs(get(FLOAT32, dBias, c) - expected.value[c])).isLessThan(expected.bound(c));
        }
    }

    /** Offsets of a fine and a coarse pixel that meet in kernel position {@code tap}. */
    private interface Meeting {
        void at(int fine, int coarse, int tap);
    }

    private static void forEachMeeting(Geometry g, Meeting meeting) {
        for (int image = 0; image < IMAGES; image++) {
            for (int i = 0; i < g.coarse().get(1); i++) {
                for (int j = 0; j < g.coarse().get(2); j++) {
                    for (int tap = 0; tap < g.taps(); tap++) {
                        int y = i * g.stride() - g.padding() + tap / g.kernel();
                        int x = j * g.stride() - g.padding() + tap % g.kernel();
                        if (y < 0
                                || y >= g.fine().get(1)
                                || x < 0
                                || x >= g.fine().get(2)) continue;
                        meeting.at(
                                image * g.fine().size() + (y * g.fine().get(2) + x) * g.fineChannels(),
                                image * g.coarse().size() + (i * g.coarse().get(2) + j) * g.coarseChannels(),
                                tap);
                    }
                }
            }
        }
    }

    /**
     * Sums in double, with the error that float32 sums of the same terms may have in any order: each of n additions rounds a
     * partial sum, which is at most the sum of the terms' magnitudes (Higham 2002, section 4.2). Products of bfloat16 are
     * exact, those of float32 round once more.
     */
    private static final class Sums {
        private final double[] value;
        private final double[] magnitude;
        private final double[] inherited;
        private final int[] terms;

        Sums(int length) {
            value = new double[length];
            magnitude = new double[length];
            inherited = new double[length];
            terms = new int[length];
        }

        void add(int i, double term) {
            add(i, term, 0);
        }

        void add(int i, double term, double error) {
            value[i] += term;
            magnitude[i] += Math.abs(term);
            inherited[i] += error;
            terms[i]++;
        }

        double bound(int i) {
            return (terms[i] + 1) * FLOAT32_ROUNDING * magnitude[i] + inherited[i];
        }
    }

    /** In [−1, 1), exactly of the type. */
    private float[] random(int type, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            float value = 2 * random.nextFloat() - 1;
            values[i] = type == BFLOAT16 ? round(value) : value;
        }
        return values;
    }

    /** The nearer of the two bfloat16 around a value, of equally near ones the even; beyond the largest comes 2^128. */
    private static float round(float value) {
        if (Float.isNaN(value)) return value;
        int bits = Float.floatToRawIntBits(value) & 0xffff0000;
        if (Float.isInfinite(value)) return value;
        int next = bits + 0x10000; // away from zero
        double toNext = Math.abs(finite(next) - value);
        double toThis = Math.abs(value - finite(bits));
        boolean up = toNext < toThis || (toNext == toThis && (bits & 0x10000) != 0);
        return Float.intBitsToFloat(up ? next : bits);
    }

    private static double finite(int bits) {
        float value = Float.intBitsToFloat(bits);
        return Float.isInfinite(value) ? Math.copySign(0x1p128, value) : value;
    }

    private static int bytes(int type) {
        return type == BFLOAT16 ? Short.BYTES : Float.BYTES;
    }

    /** Address of new memory with the values. */
    private long put(int type, float[] values) {
        ByteBuffer block = memory.allocate("values", (long) values.length * bytes(type));
        put(type, values, block);
        return CpuKernels.addressOf(block);
    }

    private static void put(int type, float[] values, ByteBuffer block) {
        for (int i = 0; i < values.length; i++) {
            if (type == FLOAT32) {
                block.putFloat(i * Float.BYTES, values[i]);
            } else {
                block.putShort(i * Short.BYTES, (short) (Float.floatToRawIntBits(values[i]) >>> 16));
            }
        }
    }

    /** Address of the weights, rows of {@code columns}, in paired rows. */
    private long putPaired(float[] weights, int columns) {
        float[] paired = new float[weights.length];
        for (int i = 0; i < weights.length; i++) {
            int row = i / columns;
            paired[row / 2 * 2 * columns + 2 * (i % columns) + row % 2] = weights[i];
        }
        return put(BFLOAT16, paired);
    }

    private static float get(int type, ByteBuffer block, int i) {
        if (type == FLOAT32) return block.getFloat(i * Float.BYTES);
        return Float.intBitsToFloat(block.getShort(i * Short.BYTES) << 16);
    }
}
