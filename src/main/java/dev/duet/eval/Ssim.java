package dev.duet.eval;

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
    private final double[] values; // (H, W)
    private final double[] rows; // (H, outWidth), windowed along x

    Ssim(int height, int width) {
        this.height = height;
        this.width = width;
        outHeight = height - SIDE + 1;
        outWidth = width - SIDE + 1;
        values = new double[height * width];
        rows = new double[height * outWidth];
    }

    /** Mean index of the channel that begins at {@code offset} of both arrays. */
    double mean(float[] x, float[] y, int offset) {
        double[] meanX = windowed(i -> x[offset + i]);
        double[] meanY = windowed(i -> y[offset + i]);
        double[] meanXx = windowed(i -> (double) x[offset + i] * x[offset + i]);
        double[] meanYy = windowed(i -> (double) y[offset + i] * y[offset + i]);
        double[] meanXy = windowed(i -> (double) x[offset + i] * y[offset + i]);
        double sum = 0;
        for (int i = 0; i < meanX.length; i++) {
            double product = meanX[i] * meanY[i];
            double squares = meanX[i] * meanX[i] + meanY[i] * meanY[i];
            double covariance = meanXy[i] - product;
            double variances = meanXx[i] + meanYy[i] - squares;
            sum += (2 * product + C1) * (2 * covariance + C2) / ((squares + C1) * (variances + C2));
        }
        return sum / meanX.length;
    }

    private interface Pixel {
        double at(int index);
    }

    /** Weighted mean of a quantity over each window, (outHeight, outWidth). */
    private double[] windowed(Pixel quantity) {
        for (int i = 0; i < values.length; i++) values[i] = quantity.at(i);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < outWidth; x++) rows[y * outWidth + x] = weighted(values, y * width + x, 1);
        }
        double[] out = new double[outHeight * outWidth];
        for (int i = 0; i < out.length; i++) out[i] = weighted(rows, i, outWidth);
        return out;
    }

    private static double weighted(double[] values, int first, int stride) {
        double sum = 0;
        for (int k = 0; k < SIDE; k++) sum += WINDOW[k] * values[first + k * stride];
        return sum;
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
