package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DiversityTest {
    private static final Shape IMAGE = Shape.of(1, 12, 12);

    /** Images 0 and 2 are of class 0, 1 and 3 of class 1, 4 has no partner. */
    @Test
    void pairsAreOfOneClassAndShareNoImage() {
        float[] images = uniform(5 * 144, 1);
        SsimPairs pairs = new SsimPairs(IMAGE, 2, 10);
        int[] labels = {0, 1, 0, 1, 0};
        for (int i = 0; i < 5; i++) pairs.add(images, i, labels[i]);
        double first = ssim(images, 0, 2);
        double second = ssim(images, 1, 3);
        assertThat(pairs.pairs()).isEqualTo(2);
        assertThat(pairs.mean()).isCloseTo((first + second) / 2, within(1e-12));
        assertThat(pairs.standardError()).isCloseTo(Math.abs(first - second) / 2, within(1e-9));
        SsimPairs one = new SsimPairs(IMAGE, 2, 1);
        for (int i = 0; i < 5; i++) one.add(images, i, 0);
        assertThat(one.pairs()).isEqualTo(1);
    }

    private static double ssim(float[] images, int a, int b) {
        float[] x = Arrays.copyOfRange(images, a * 144, a * 144 + 144);
        float[] y = Arrays.copyOfRange(images, b * 144, b * 144 + 144);
        return ImageMetrics.ssim(x, y, IMAGE);
    }

    @Test
    void aCollapseToOneImagePerClassIsSeen() {
        float[] images = uniform(40 * 144, 2);
        SsimPairs real = new SsimPairs(IMAGE, 2, 100);
        SsimPairs collapsed = new SsimPairs(IMAGE, 2, 100);
        for (int i = 0; i < 40; i++) {
            real.add(images, i, i % 2);
            collapsed.add(images, i % 2, i % 2);
        }
        assertThat(SsimDiversity.of(real, real).ratio()).isEqualTo(1);
        SsimDiversity none = SsimDiversity.of(collapsed, real);
        assertThat(none.generated()).isCloseTo(1, within(1e-12));
        assertThat(none.real()).isLessThan(0.2);
        assertThat(none.ratio()).isCloseTo(0, within(1e-12));
        SsimDiversity empty = SsimDiversity.of(new SsimPairs(IMAGE, 2, 1), real);
        assertThat(empty.generated()).isNull();
        assertThat(empty.ratio()).isNull();
    }

    /** exp(−½) = 0.60653, exp(−2) = 0.13534, exp(−4.5) = 0.01111: the centre weighs 1 / 2.50596 in each direction. */
    @Test
    void aBlurredPointIsAGaussianWithinItsChannel() {
        Shape shape = Shape.of(1, 2, 9, 9);
        float[] point = new float[162];
        point[4 * 9 + 4] = 1;
        float[] blurred = new GaussianBlur(1).apply(point, shape);
        assertThat(blurred[40]).isCloseTo((float) Math.pow(1 / 2.50596, 2), within(1e-5f));
        assertThat(blurred[42] / blurred[40]).isCloseTo(0.13534f, within(1e-5f));
        assertThat(blurred[22] / blurred[40]).isCloseTo(0.13534f, within(1e-5f));
        float sum = 0;
        for (int i = 0; i < 81; i++) sum += blurred[i];
        assertThat(sum).isCloseTo(1, within(1e-5f));
        for (int i = 81; i < 162; i++) assertThat(blurred[i]).isZero();
    }

    @Test
    void aFlatImageStaysFlatUpToItsBorder() {
        float[] flat = new float[2 * 3 * 5 * 4];
        Arrays.fill(flat, 0.7f);
        for (float x : new GaussianBlur(1.3).apply(flat, Shape.of(2, 3, 5, 4))) {
            assertThat(x).isCloseTo(0.7f, within(1e-6f));
        }
        assertThatThrownBy(() -> new GaussianBlur(0)).hasMessage("Gaussian blur: expected a σ above 0 pixels, got 0.0");
    }

    /** Noise of one image is the same in any batch, other noise elsewhere, and of the stated size where nothing is cut off. */
    @Test
    void noiseBelongsToItsImage() {
        Disturbance noised = Disturbance.STANDARD.get(2);
        float[] grey = new float[40 * 144];
        Arrays.fill(grey, 0.5f);
        float[] all = noised.apply(grey, IMAGE.batched(40), 5, 0);
        float[] one = noised.apply(Arrays.copyOf(grey, 144), IMAGE.batched(1), 5, 7);
        assertThat(one).containsExactly(Arrays.copyOfRange(all, 7 * 144, 8 * 144));
        double squares = 0;
        for (float x : all) {
            assertThat(x).isBetween(0f, 1f);
            squares += (x - 0.5) * (x - 0.5) / all.length;
        }
        assertThat(Math.sqrt(squares)).isCloseTo(0.1, within(0.003));
        assertThat(noised.apply(grey, IMAGE.batched(40), 6, 0)).isNotEqualTo(all);
        assertThat(Disturbance.STANDARD.get(0).apply(grey, IMAGE.batched(40), 1, 0))
                .isSameAs(grey);
    }

    /** Speckle has much gradient energy; a blur of one pixel takes nearly all of it and leaves a large shape's. */
    @Test
    void blurTakesSpeckleAndLeavesShapes() {
        float[] shape = new float[144];
        float[] speckle = new float[144];
        for (int i = 0; i < 144; i++) {
            shape[i] = i % 12 < 6 ? 0 : 1;
            speckle[i] = (i % 12 + i / 12) % 2;
        }
        Disturbance blurred = Disturbance.STANDARD.get(1);
        assertThat(contrast(blurred.apply(shape, IMAGE.batched(1), 1, 0))).isGreaterThan(0.9f);
        assertThat(contrast(blurred.apply(speckle, IMAGE.batched(1), 1, 0))).isLessThan(0.35f);
        float[] edge = blurred.apply(shape, IMAGE.batched(1), 1, 0);
        assertThat(edge[60]).isCloseTo(0, within(1e-3f)); // the other border does not reach here
        assertThat(edge[71]).isCloseTo(1, within(1e-3f));
        float[] inside = blurred.apply(speckle, IMAGE.batched(1), 1, 0);
        assertThat(inside[5 * 12 + 5]).isCloseTo(0.5f, within(0.02f));
    }

    private static float contrast(float[] x) {
        float low = 1;
        float high = 0;
        for (float value : x) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        return high - low;
    }

    private static float[] uniform(int count, long seed) {
        Philox.Sequence random = new Philox.Sequence(seed, Philox.Stream.SYNTHETIC, 0);
        float[] out = new float[count];
        for (int i = 0; i < count; i++) out[i] = (float) random.nextDouble();
        return out;
    }
}
