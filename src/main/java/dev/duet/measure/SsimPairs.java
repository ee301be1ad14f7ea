package dev.duet.measure;

import dev.duet.DuetException;
import dev.duet.tensor.Shape;
import java.util.Arrays;

/**
 * SSIM of pairs of images of the same class, over a stream of images: each second one of a class is compared with the one of
 * that class before it, so that pairs share no image and are independent. They are random pairs if the stream's order is.
 */
public final class SsimPairs {
    private final Shape image; // (C, H, W)
    private final int mostPerClass;
    private final float[][] waiting; // (K) the image that waits for its partner, or null
    private final int[] pairs; // (K)
    private double sum;
    private double squares;

    /**
     * @param image (C, H, W), at least {@link ImageMetrics#SSIM_WINDOW} pixels wide and high
     * @param classes K
     * @param mostPerClass pairs; later images of a class are passed over
     */
    public SsimPairs(Shape image, int classes, int mostPerClass) {
        if (mostPerClass < 1) {
            throw new DuetException("SSIM diversity: expected at least 1 pair per class, got " + mostPerClass);
        }
        this.image = image;
        this.mostPerClass = mostPerClass;
        waiting = new float[classes][];
        pairs = new int[classes];
    }

    /** Takes in image {@code index} of {@code values} (N, C, H, W), which is of class {@code label}. */
    public void add(float[] values, int index, int label) {
        if (pairs[label] == mostPerClass) return;
        int first = index * image.size();
        float[] added = Arrays.copyOfRange(values, first, first + image.size());
        if (waiting[label] == null) {
            waiting[label] = added;
            return;
        }
        double ssim = ImageMetrics.ssim(waiting[label], added, image);
        waiting[label] = null;
        pairs[label]++;
        sum += ssim;
        squares += ssim * ssim;
    }

    long pairs() {
        return Arrays.stream(pairs).asLongStream().sum();
    }

    /** NaN without pairs. */
    double mean() {
        return sum / pairs();
    }

    /** Of the mean; NaN below two pairs. */
    double standardError() {
        long n = pairs();
        return n < 2 ? Double.NaN : Math.sqrt(Math.max(0, squares - sum * sum / n) / (n - 1) / n);
    }
}
