package dev.duet.measure;

import dev.duet.DuetException;
import dev.duet.Workers;
import dev.duet.tensor.Shape;

/**
 * How close images are to their originals, per image. Batches are float32 (B, C, H, W) with values in [0, 1]; the data
 * range L is 1; sums are in double.
 */
public final class ImageMetrics {
    /** Side of the SSIM window, pixels; smaller images have no SSIM. */
    public static final int SSIM_WINDOW = 11;

    private ImageMetrics() {}

    /**
     * Σ (x − y)² over all values of each image, (B).
     *
     * @param x,y batches of {@code shape}, (B, C, H, W)
     * @throws DuetException if an array has another length than the shape says
     */
    public static double[] squaredError(float[] x, float[] y, Shape shape) {
        int size = requireBatch(x, y, shape);
        double[] out = new double[shape.get(0)];
        for (int b = 0; b < out.length; b++) {
            for (int i = b * size; i < (b + 1) * size; i++) {
                double difference = x[i] - (double) y[i];
                out[b] += difference * difference;
            }
        }
        return out;
    }

    /** Peak signal-to-noise ratio of each image, (B): 10 log10(L² / mean squared error), dB; +∞ for equal images. */
    public static double[] psnr(float[] x, float[] y, Shape shape) {
        double[] out = squaredError(x, y, shape);
        double size = shape.withOuter(1).size();
        for (int b = 0; b < out.length; b++) out[b] = -10 * Math.log10(out[b] / size);
        return out;
    }

    /**
     * Structural similarity of each image, (B), in [−1, 1]: Wang et al., "Image quality assessment: from error
     * visibility to structural similarity" (IEEE TIP 13, 2004), eq. 13, mean over the windows that lie inside the
     * image, per channel, then over channels.
     *
     * @param workers share the images
     * @throws DuetException if an array has another length than the shape says or an image is smaller than the window
     */
    public static double[] ssim(float[] x, float[] y, Shape shape, Workers workers) {
        requireBatch(x, y, shape);
        requireWindow(shape);
        double[] out = new double[shape.get(0)];
        workers.run(out.length, b -> out[b] = ssim(x, y, b, shape));
        return out;
    }

    /** Of two images (C, H, W). */
    static double ssim(float[] x, float[] y, Shape image) {
        Shape batch = image.batched(1);
        requireBatch(x, y, batch);
        requireWindow(batch);
        return ssim(x, y, 0, batch);
    }

    private static void requireWindow(Shape shape) {
        if (shape.get(2) < SSIM_WINDOW || shape.get(3) < SSIM_WINDOW) {
            throw new DuetException("SSIM: expected images of at least " + SSIM_WINDOW + "×" + SSIM_WINDOW
                    + " pixels, got " + shape.get(2) + "×" + shape.get(3));
        }
    }

    /** Of image number {@code b}. */
    private static double ssim(float[] x, float[] y, int b, Shape shape) {
        int channels = shape.get(1);
        int area = shape.get(2) * shape.get(3);
        Ssim channel = new Ssim(shape.get(2), shape.get(3));
        double sum = 0;
        for (int c = 0; c < channels; c++) sum += channel.mean(x, y, (b * channels + c) * area) / channels;
        return sum;
    }

    /** Checks both arrays and returns the values of one image, C·H·W. */
    private static int requireBatch(float[] x, float[] y, Shape shape) {
        if (shape.rank() != 4 || x.length != shape.size() || y.length != shape.size()) {
            throw new DuetException("image metrics: expected two batches of shape (B,C,H,W) = " + shape + ", got "
                    + x.length + " and " + y.length + " values");
        }
        return shape.withOuter(1).size();
    }
}
