package dev.duet.measure;

/** The SSIM index of one channel, (H, W): Gaussian windows of side 11 and σ 1.5 pixels, K1 = 0.01, K2 = 0.03, L = 1. */
final class Ssim {
    private static final int SIDE = ImageMetrics.SSIM_WINDOW;
    private static final double SIGMA = 1.5; // pixels
    private static final double C1 = 0.01 * 0.01;
    private static final double C2 = 0.03 * 0.03;
    private static final double[] WINDOW = window(); // (SIDE), sums to 1; its outer product is the 2-D window

    private final int height;
    private final int width;
    private final int outHeight; // rows of windows that lie inside the image
    private final int outWidth;
    private final double[] shifted; // (H, W) scratch

    Ssim(int height, int width) {
        this.height = height;
        this.width = width;
        outHeight = height - SIDE + 1;
        outWidth = width - SIDE + 1;
        shifted = new double[height * width];
    }

    /** Mean index of the channel that begins at {@code offset} of both arrays. */
    double mean(float[] xs, float[] ys, int offset) {
        double[] x = channel(xs, offset);
        double[] y = channel(ys, offset);
        double[] meanX = windowed(x);
        double[] meanY = windowed(y);
        double[] meanXx = windowed(products(x, x));
        double[] meanYy = windowed(products(y, y));
        double[] meanXy = windowed(products(x, y));
        double sum = 0;
        for (int row = 0; row < outHeight; row++) {
            for (int i = row * width; i < row * width + outWidth; i++) {
                double product = meanX[i] * meanY[i];
                double squares = meanX[i] * meanX[i] + meanY[i] * meanY[i];
                double covariance = meanXy[i] - product;
                double variances = meanXx[i] + meanYy[i] - squares;
                sum += (2 * product + C1) * (2 * covariance + C2) / ((squares + C1) * (variances + C2));
            }
        }
        return sum / (outHeight * outWidth);
    }

    private double[] channel(float[] values, int offset) {
        double[] out = new double[height * width];
        for (int i = 0; i < out.length; i++) out[i] = values[offset + i];
        return out;
    }

    private static double[] products(double[] x, double[] y) {
        double[] out = new double[x.length];
        for (int i = 0; i < out.length; i++) out[i] = x[i] * y[i];
        return out;
    }

    /** Weighted mean of values (H, W) over each window, (outHeight, W): outWidth of each row, what follows is none. */
    private double[] windowed(double[] values) {
        double[] rows = weighted(values, 1, values.length - SIDE + 1);
        return weighted(rows, width, outHeight * width);
    }

    /**
     * Weighted sum of SIDE values that lie {@code stride} apart, from each of the first {@code count} on; in the length of the
     * plane. Over whole planes, rows running into one another, and from a copy that begins where the sums do, so that the JIT
     * turns the inner loop into vector instructions.
     */
    private double[] weighted(double[] values, int stride, int count) {
        double[] sums = new double[height * width];
        for (int k = 0; k < SIDE; k++) {
            System.arraycopy(values, k * stride, shifted, 0, count);
            addScaled(WINDOW[k], shifted, sums, count);
        }
        return sums;
    }

    private static void addScaled(double weight, double[] values, double[] sums, int count) {
        for (int i = 0; i < count; i++) sums[i] += weight * values[i];
    }

    private static double[] window() {
        double[] window = new double[SIDE];
        double sum = 0;
        for (int k = 0; k < SIDE; k++) {
            double distance = k - SIDE / 2;
            window[k] = StrictMath.exp(-distance * distance / (2 * SIGMA * SIGMA));
            sum += window[k];
        }
        for (int k = 0; k < SIDE; k++) window[k] /= sum;
        return window;
    }
}
