package dev.duet.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SyntheticDigitsTest {
    @Test
    void classesAreBalancedAndInRandomOrder() {
        ImageSet set = SyntheticDigits.handwriting(105, 3);
        assertThat(DataInfo.countsPerClass(set)).containsOnly(10, 11);
        assertThat(Arrays.copyOf(set.labels(), 10)).isNotEqualTo(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
        assertThat(set.name()).isEqualTo("handwriting");
        assertThat(new int[] {set.height(), set.width(), set.channels()}).containsExactly(28, 28, 1);
        ImageSet other = SyntheticDigits.houseNumbers(20, 3);
        assertThat(other.name()).isEqualTo("housenumbers");
        assertThat(new int[] {other.height(), other.width(), other.channels()}).containsExactly(32, 32, 3);
    }

    @Test
    void theSeedDecidesEverything() {
        ImageSet a = SyntheticDigits.houseNumbers(50, 3);
        ImageSet b = SyntheticDigits.houseNumbers(50, 3);
        ImageSet c = SyntheticDigits.houseNumbers(50, 4);
        assertThat(a.pixels()).isEqualTo(b.pixels()).isNotEqualTo(c.pixels());
        assertThat(a.labels()).isEqualTo(b.labels()).isNotEqualTo(c.labels());
        assertThat(a.image(0)).isNotEqualTo(a.image(1));
    }

    @Test
    void handwritingIsLightOnBlackWithAMargin() {
        ImageSet set = SyntheticDigits.handwriting(500, 1);
        for (int i = 0; i < set.count(); i++) {
            byte[] image = set.image(i);
            int brightest = 0;
            for (byte pixel : image) brightest = Math.max(brightest, pixel & 255);
            assertThat(brightest).as("image %d", i).isGreaterThan(180);
            assertThat(image[0] | image[27] | image[27 * 28] | image[783])
                    .as("corners of image %d", i)
                    .isZero();
        }
    }

    /** A demo that trains for a minute needs digits that even a nearest-mean classifier tells apart. */
    @Test
    void classMeansTellDigitsApart() {
        assertThat(nearestMeanAccuracy(SyntheticDigits.handwriting(2000, 1), SyntheticDigits.handwriting(500, 2)))
                .isGreaterThan(0.8);
        assertThat(nearestMeanAccuracy(SyntheticDigits.houseNumbers(2000, 1), SyntheticDigits.houseNumbers(500, 2)))
                .isGreaterThan(0.7);
    }

    /** Share of {@code test} whose most correlated class mean of {@code train} is the right one. */
    private static double nearestMeanAccuracy(ImageSet train, ImageSet test) {
        double[][] means = new double[10][train.imageBytes()];
        for (int i = 0; i < train.count(); i++) add(means[train.labels()[i]], train.image(i));
        for (double[] mean : means) centre(mean);
        int right = 0;
        for (int i = 0; i < test.count(); i++) {
            double[] image = new double[test.imageBytes()];
            add(image, test.image(i));
            centre(image);
            int best = 0;
            for (int c = 1; c < 10; c++) if (dot(means[c], image) > dot(means[best], image)) best = c;
            if (best == test.labels()[i]) right++;
        }
        return right / (double) test.count();
    }

    private static void add(double[] sum, byte[] image) {
        for (int i = 0; i < sum.length; i++) sum[i] += image[i] & 255;
    }

    /** Mean 0 and length 1. */
    private static void centre(double[] image) {
        double mean = Arrays.stream(image).average().orElseThrow();
        for (int i = 0; i < image.length; i++) image[i] -= mean;
        double length = Math.sqrt(dot(image, image));
        for (int i = 0; i < image.length; i++) image[i] /= length;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += a[i] * b[i];
        return sum;
    }
}
