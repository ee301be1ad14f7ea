package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import dev.duet.Workers;
import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ImageMetricsTest {
    private static final Workers ALONE = new Workers(1);

    @Test
    void ssimDoesNotDependOnTheWorkers() {
        Shape shape = Shape.of(600, 1, 32, 31);
        float[] x = new float[shape.size()];
        float[] y = new float[shape.size()];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) Math.abs(Math.sin(i));
            y[i] = (float) Math.abs(Math.cos(3 * i));
        }
        double[] alone = ImageMetrics.ssim(x, y, shape, ALONE);
        for (int threads : new int[] {2, 4}) {
            try (Workers workers = new Workers(threads)) {
                assertThat(ImageMetrics.ssim(x, y, shape, workers)).containsExactly(alone);
            }
        }
    }

    private static final double C1 = 1e-4;
    private static final double C2 = 9e-4;

    @Test
    void squaredErrorIsSummedPerImage() {
        float[] x = {0, 0.5f, 1, 1};
        float[] y = {1, 0.5f, 0.5f, 0.75f};
        assertThat(ImageMetrics.squaredError(x, y, Shape.of(2, 1, 1, 2))).containsExactly(1, 0.3125);
    }

    /** A quarter off everywhere is a mean squared error of 1/16: 10 log10(16) = 12.0412 dB. */
    @Test
    void psnrOfAConstantDifference() {
        float[] x = {0.25f, 0.5f, 0.75f, 1, 0, 0, 0, 0};
        float[] y = {0, 0.25f, 0.5f, 0.75f, 0, 0, 0, 0};
        double[] psnr = ImageMetrics.psnr(x, y, Shape.of(2, 1, 2, 2));
        assertThat(psnr[0]).isCloseTo(12.041199826559248, within(1e-12));
        assertThat(psnr[1]).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @Test
    void ssimOfEqualImagesIsOne() {
        float[] x = uniform(2 * 3 * 16 * 14, 1);
        for (double value : ImageMetrics.ssim(x, x, Shape.of(2, 3, 16, 14), ALONE)) {
            assertThat(value).isCloseTo(1, within(1e-12));
        }
    }

    /** Without variance only luminance counts: (2ab + C1) / (a² + b² + C1). */
    @Test
    void ssimOfConstantImagesIsInClosedForm() {
        float[] x = new float[12 * 12];
        float[] y = new float[12 * 12];
        Arrays.fill(x, 0.25f);
        Arrays.fill(y, 0.75f);
        double expected = (2 * 0.25 * 0.75 + C1) / (0.0625 + 0.5625 + C1);
        assertThat(ImageMetrics.ssim(x, y, Shape.of(1, 1, 12, 12), ALONE)[0]).isCloseTo(expected, within(1e-10));
    }

    /**
     * One bright pixel amid one window, against black. The centre of the window weighs w = (1 / 3.7592328)² = 0.0707622
     * (the sum of exp(−k² / 4.5), k = −5 … 5), so SSIM = C1 C2 / ((w² + C1) (w − w² + C2)).
     */
    @Test
    void ssimOfOneBrightPixelByHand() {
        float[] x = new float[121];
        x[60] = 1;
        double w = 0.0707622;
        double expected = C1 * C2 / ((w * w + C1) * (w - w * w + C2));
        assertThat(expected).isCloseTo(2.6437e-4, within(1e-8));
        assertThat(ImageMetrics.ssim(x, new float[121], Shape.of(1, 1, 11, 11), ALONE)[0])
                .isCloseTo(expected, within(2e-9));
    }

    /** Batches, channels and windows against the definition with a two-dimensional window; inverted images included. */
    @Test
    void ssimAgreesWithTheDefinition() {
        int height = 13;
        int width = 12;
        float[] x = uniform(2 * 2 * height * width, 2);
        float[] y = uniform(x.length, 3);
        for (int i = 0; i < x.length / 2; i++) y[i] = 1 - x[i];
        double[] actual = ImageMetrics.ssim(x, y, Shape.of(2, 2, height, width), ALONE);
        for (int b = 0; b < 2; b++) {
            double expected = 0;
            for (int c = 0; c < 2; c++) expected += defined(x, y, (2 * b + c) * height * width, height, width) / 2;
            assertThat(actual[b]).isCloseTo(expected, within(1e-10));
        }
        assertThat(actual[0]).isLessThan(-0.8);
    }

    @Test
    void wrongShapesAreRefused() {
        assertThatThrownBy(() -> ImageMetrics.psnr(new float[4], new float[3], Shape.of(1, 1, 2, 2)))
                .isInstanceOf(DuetException.class)
                .hasMessage("image metrics: expected two batches of shape (B,C,H,W) = (1,1,2,2), got 4 and 3 values");
        assertThatThrownBy(() -> ImageMetrics.ssim(new float[110], new float[110], Shape.of(1, 1, 11, 10), ALONE))
                .isInstanceOf(DuetException.class)
                .hasMessage("SSIM: expected images of at least 11×11 pixels, got 11×10");
    }

    private static double defined(float[] x, float[] y, int offset, int height, int width) {
        double sum = 0;
        int windows = 0;
        for (int top = 0; top + 11 <= height; top++) {
            for (int left = 0; left + 11 <= width; left++) {
                sum += window(x, y, offset + top * width + left, width);
                windows++;
            }
        }
        return sum / windows;
    }

    private static double window(float[] x, float[] y, int first, int width) {
        double total = 0;
        double meanX = 0;
        double meanY = 0;
        for (int k = 0; k < 121; k++) {
            int i = first + k / 11 * width + k % 11;
            total += weight(k);
            meanX += weight(k) * x[i];
            meanY += weight(k) * y[i];
        }
        meanX /= total;
        meanY /= total;
        double varianceX = 0;
        double varianceY = 0;
        double covariance = 0;
        for (int k = 0; k < 121; k++) {
            int i = first + k / 11 * width + k % 11;
            varianceX += weight(k) / total * (x[i] - meanX) * (x[i] - meanX);
            varianceY += weight(k) / total * (y[i] - meanY) * (y[i] - meanY);
            covariance += weight(k) / total * (x[i] - meanX) * (y[i] - meanY);
        }
        return (2 * meanX * meanY + C1)
                * (2 * covariance + C2)
                / ((meanX * meanX + meanY * meanY + C1) * (varianceX + varianceY + C2));
    }

    private static double weight(int k) {
        int dy = k / 11 - 5;
        int dx = k % 11 - 5;
        return Math.exp(-(dx * dx + dy * dy) / 4.5);
    }

    private static float[] uniform(int count, long seed) {
        Philox.Sequence random = new Philox.Sequence(seed, Philox.Stream.SYNTHETIC, 0);
        float[] out = new float[count];
        for (int i = 0; i < count; i++) out[i] = (float) random.nextDouble();
        return out;
    }
}
