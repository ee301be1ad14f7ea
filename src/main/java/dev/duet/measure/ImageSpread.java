package dev.duet.measure;

import dev.duet.Workers;
import dev.duet.tensor.Shape;

/**
 * How much images of one class differ, and how sharp they are: sums over a stream of images. A model that translates
 * everything into its class's mean image has no variance within the classes.
 */
public final class ImageSpread {
    private final Shape image; // (C, H, W)
    private final double[][] sums; // (K, C·H·W)
    private final long[] counts; // (K)
    private double squares; // Σ ‖x‖²
    private double gradients; // Σ over images of the gradient energy

    public ImageSpread(Shape image, int classes) {
        this.image = image;
        sums = new double[classes][image.size()];
        counts = new long[classes];
    }

    /**
     * Takes in images of the classes {@code labels} (N). Each sum runs over the images in order, whatever the workers.
     *
     * @param values (N, C, H, W)
     */
    public void add(float[] values, int[] labels, Workers workers) {
        int size = image.size();
        double[] energies = new double[labels.length];
        workers.run(labels.length, i -> energies[i] = gradientEnergy(values, i * size));
        double[] squaresOfRow = new double[rows()];
        workers.run(rows(), row -> squaresOfRow[row] = addRow(values, labels, row * image.get(2)));
        for (double energy : energies) gradients += energy;
        for (double of : squaresOfRow) squares += of;
        for (int label : labels) counts[label]++;
    }

    /** Adds the row of pixels that begins at {@code from} of each image to its class; returns the sum of its squares. */
    private double addRow(float[] values, int[] labels, int from) {
        double sum = 0;
        for (int i = 0; i < labels.length; i++) {
            double[] of = sums[labels[i]];
            int shift = i * image.size();
            for (int at = from; at < from + image.get(2); at++) {
                double x = values[shift + at];
                of[at] += x;
                sum += x * x;
            }
        }
        return sum;
    }

    /** C·H. */
    private int rows() {
        return image.get(0) * image.get(1);
    }

    /** Σ of squared differences of horizontal and vertical neighbours, over C·H·W. */
    private double gradientEnergy(float[] values, int first) {
        int height = image.get(1);
        int width = image.get(2);
        double across = 0;
        double down = 0;
        for (int row = 0; row < rows(); row++) {
            int begin = first + row * width;
            for (int at = begin; at < begin + width - 1; at++) {
                double difference = values[at + 1] - (double) values[at];
                across += difference * difference;
            }
            if ((row + 1) % height == 0) continue;
            for (int at = begin; at < begin + width; at++) {
                double difference = values[at + width] - (double) values[at];
                down += difference * difference;
            }
        }
        return (across + down) / image.size();
    }

    private long count() {
        long count = 0;
        for (long of : counts) count += of;
        return count;
    }

    /** Mean over images, pixels and channels of (x − mean of its class)²; NaN without images. */
    public double withinClassVariance() {
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
    public double gradientEnergy() {
        return gradients / count();
    }
}
