package dev.duet.measure;

import dev.duet.DuetException;
import dev.duet.tensor.Shape;

/** Convolution of images with a Gaussian, cut off at 3σ, separably; beyond the border the nearest pixel goes on. */
final class GaussianBlur {
    private final double[] weights; // (2·radius + 1), sum to 1
    private final int radius; // pixels

    /** @param sigma standard deviation, pixels */
    GaussianBlur(double sigma) {
        if (!(sigma > 0 && sigma < Double.POSITIVE_INFINITY)) {
            throw new DuetException("Gaussian blur: expected a σ above 0 pixels, got " + sigma);
        }
        radius = (int) Math.ceil(3 * sigma);
        weights = new double[2 * radius + 1];
        double sum = 0;
        for (int k = 0; k < weights.length; k++) {
            double distance = k - radius;
            weights[k] = StrictMath.exp(-distance * distance / (2 * sigma * sigma));
            sum += weights[k];
        }
        for (int k = 0; k < weights.length; k++) weights[k] /= sum;
    }

    /**
     * @param images of {@code shape}, (N, C, H, W)
     * @return blurred copies
     */
    float[] apply(float[] images, Shape shape) {
        int height = shape.get(2);
        int width = shape.get(3);
        float[] out = new float[images.length];
        double[] rows = new double[height * width]; // one channel, blurred along x
        for (int first = 0; first < images.length; first += rows.length) {
            for (int i = 0; i < rows.length; i++) {
                int line = first + i / width * width;
                double sum = 0;
                for (int k = 0; k < weights.length; k++)
                    sum += weights[k] * images[line + clamp(i % width + k - radius, width)];
                rows[i] = sum;
            }
            for (int i = 0; i < rows.length; i++) {
                double sum = 0;
                for (int k = 0; k < weights.length; k++)
                    sum += weights[k] * rows[clamp(i / width + k - radius, height) * width + i % width];
                out[first + i] = (float) sum;
            }
        }
        return out;
    }

    private static int clamp(int index, int count) {
        return Math.max(0, Math.min(count - 1, index));
    }
}
