package dev.duet.eval;

import dev.duet.tensor.Shape;

/**
 * How much images of one class differ, and how sharp they are: sums over a stream of images. A model that translates
 * everything into its class's mean image has no variance within the classes.
 */
final class ImageSpread {
    private final Shape image; // (C, H, W)
    private final double[][] sums; // (K, C·H·W)
    private final long[] counts; // (K)
    private double squares; // Σ ‖x‖²
    private double gradients; // Σ over images of the gradient energy

    ImageSpread(Shape image, int classes) {
        this.image = image;
        sums = new double[classes][image.size()];
        counts = new long[classes];
    }

    /** Takes in image {@code index} of {@code values} (N, C, H, W), which is of class {@code label}. */
    void add(float[] values, int index, int label) {
        int first = index * image.size();
        double[] sum = sums[label];
        for (int i = 0; i < sum.length; i++) {
            double x = values[first + i];
            sum[i] += x;
            squares += x * x;
        }
        counts[label]++;
        gradients += gradientEnergy(values, first);
    }

    /** Σ of squared differences of horizontal and vertical neighbours, over C·H·W. */
    private double gradientEnergy(float[] values, int first) {
        int width = image.get(2);
        int rows = image.get(0) * image.get(1);
        double sum = 0;
        for (int row = 0; row < rows; row++) {
            boolean below = (row + 1) % image.get(1) != 0;
            for (int x = 0; x < width; x++) {
                int at = first + row * width + x;
                double right = x + 1 < width ? values[at + 1] - (double) values[at] : 0;
                double down = below ? values[at + width] - (double) values[at] : 0;
                sum += right * right + down * down;
            }
        }
        return sum / image.size();
    }

    private long count() {
        long count = 0;
        for (long of : counts) count += of;
        return count;
    }

    /** Mean over images, pixels and channels of (x − mean of its class)²; NaN without images. */
    double withinClassVariance() {
        double explained = 0;
        for (int c = 0; c < counts.length; c++) {
            if (counts[c] == 0) continue;
            double norm = 0;
            for (double value : sums[c]) norm += value * value;
            explained += norm / counts[c];
        }
        return Math.max(0, squares - explained) / ((double) count() * image.size());
    }

    /** Mean over images of the squared differences of neighbouring pixels, per pixel and channel; NaN without images. */
    double gradientEnergy() {
        return gradients / count();
    }
}
