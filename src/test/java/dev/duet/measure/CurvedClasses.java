package dev.duet.measure;

import dev.duet.tensor.Philox;

/** Test data: classes that each follow their own closed-up curve in space, with a little noise; class of i is i mod C. */
final class CurvedClasses {
    private CurvedClasses() {}

    /** Points (count, width) of {@code classes} curves. */
    static Points of(int count, int width, int classes, long seed) {
        Philox.Sequence random = new Philox.Sequence(seed, Philox.Stream.SYNTHETIC, 0);
        double[][][] frame = new double[classes][4][width]; // centre and the three axes of each curve
        for (double[][] axes : frame) {
            for (double[] axis : axes) {
                for (int d = 0; d < width; d++) axis[d] = random.nextGaussian();
            }
        }
        float[] values = new float[count * width];
        for (int i = 0; i < count; i++) {
            double[][] axes = frame[i % classes];
            double t = random.nextDouble() * 1.5 * Math.PI;
            for (int d = 0; d < width; d++) {
                double curve = Math.cos(t) * axes[1][d] + Math.sin(t) * axes[2][d] + 0.5 * Math.sin(2 * t) * axes[3][d];
                values[i * width + d] = (float) (axes[0][d] + curve + 0.05 * random.nextGaussian());
            }
        }
        return Points.of(values, count, width);
    }

    /** Standard normal points (count, width). */
    static Points noise(int count, int width, long seed) {
        float[] values = new float[count * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Philox.normal(seed, Philox.Stream.SYNTHETIC, 1, i);
        }
        return Points.of(values, count, width);
    }
}
