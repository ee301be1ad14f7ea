package dev.duet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Activation;
import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Shape;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A linear layer's gradient that Adam sums itself, against shard by shard. */
class WeightProductsTest {
    /** Several output pixels, more rows and columns than whole vectors and tiles have, and more weights than Adam takes at once. */
    private static final LayerSpec.Linear LINEAR =
            new LayerSpec.Linear(Shape.of(34, 3, 3), Shape.of(22, 2, 1), Activation.NONE);

    private static final int[] ROWS = {7, 5, 8};

    private final CpuMemory memory = new CpuMemory();
    private final Plans plans = new Plans(memory);
    private final Random random = new Random(1);

    static Stream<Arguments> isasAndTypes() {
        return CpuVariants.isas()
                .flatMap(isa -> Stream.of(
                        Arguments.of(isa, ElementType.BFLOAT16, ElementType.FLOAT32),
                        Arguments.of(isa, ElementType.FLOAT32, ElementType.BFLOAT16)));
    }

    @AfterEach
    void close() {
        CpuKernels.selectIsa(Isa.best().code);
        memory.close(); // fails if a kernel wrote beyond an end
    }

    @ParameterizedTest
    @MethodSource("isasAndTypes")
    void adamSumsWhatTheShardsWould(Isa isa, ElementType inType, ElementType outType) {
        CpuKernels.selectIsa(isa.code);
        int size = LINEAR.weightShape().size();
        int[] plan = WeightPlan.linear(LINEAR.in(), LINEAR.out());
        double[] expected = new double[size];
        double[] magnitude = new double[size];
        long[] products = new long[ROWS.length];
        for (int shard = 0; shard < ROWS.length; shard++) {
            int rows = ROWS[shard];
            long x = put(inType, rows * LINEAR.in().size());
            long dy = put(outType, rows * LINEAR.out().size());
            FloatBuffer gradient = floats(size);
            long scratch = plans.pairsScratch(plan, inType, outType);
            CpuKernels.convolveWeights(
                    plans.address(plan),
                    inType.code,
                    x,
                    outType.code,
                    dy,
                    CpuKernels.addressOf(gradient),
                    rows,
                    scratch);
            FloatBuffer summed = floats(size);
            WeightProducts its = new WeightProducts(plans, LINEAR, plan, inType, x, outType, dy, rows, scratch);
            its.layOut();
            its.sumInto(CpuKernels.addressOf(summed));
            assertThat(summed).isEqualTo(gradient);
            products[shard] = its.address();
            for (int i = 0; i < size; i++) {
                expected[i] += gradient.get(i);
                magnitude[i] += rows; // values are below 1
            }
        }
        FloatBuffer value = floats(size);
        FloatBuffer m = floats(size);
        FloatBuffer v = floats(size);
        int columns = LINEAR.out().get(0);
        int cut = 400 * columns; // not where the kernel cuts, and within the second output pixel
        for (int[] piece : new int[][] {{0, cut}, {cut, size}}) {
            CpuKernels.adamOfProducts(
                    CpuKernels.addressOf(value),
                    CpuKernels.addressOf(m),
                    CpuKernels.addressOf(v),
                    plans.address(products),
                    ROWS.length,
                    piece[0],
                    piece[1],
                    0.5,
                    0.75,
                    1e-8,
                    0.25,
                    1);
        }
        for (int i = 0; i < size; i++) {
            double bound = 30 * 0x1p-24 * magnitude[i]; // each of the sum's terms and steps rounds once
            if (!(Math.abs(2 * m.get(i) - expected[i]) <= bound)) {
                assertThat(2 * m.get(i)).as("twice the moment of weight %d", i).isEqualTo((float) expected[i]);
            }
            assertThat(v.get(i))
                    .isEqualTo(m.get(i) * m.get(i), org.assertj.core.api.Assertions.within(1e-5f * v.get(i)));
            assertThat(value.get(i)).isNotZero();
        }
    }

    private FloatBuffer floats(int size) {
        return memory.allocate("floats", (long) size * Float.BYTES).asFloatBuffer();
    }

    /** Address of as many values in [−1, 1) of the type. */
    private long put(ElementType type, int size) {
        if (type == ElementType.FLOAT32) {
            FloatBuffer floats = floats(size);
            for (int i = 0; i < size; i++) floats.put(i, 2 * random.nextFloat() - 1);
            return CpuKernels.addressOf(floats);
        }
        ShortBuffer halves =
                memory.allocate("halves", (long) size * Short.BYTES).asShortBuffer();
        for (int i = 0; i < size; i++)
            halves.put(i, (short) (Float.floatToRawIntBits(2 * random.nextFloat() - 1) >>> 16));
        return CpuKernels.addressOf(halves);
    }
}
