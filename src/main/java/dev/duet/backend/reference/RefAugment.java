package dev.duet.backend.reference;

import dev.duet.backend.AugmentPlan;
import dev.duet.backend.AugmentSpec;
import dev.duet.backend.Op;
import dev.duet.backend.StepScalars;
import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;

/** See {@link dev.duet.backend.Backend#augment}; equation E15 of docs/design.md, one value at a time. */
final class RefAugment implements Op {
    private final AugmentSpec spec;
    private final StepScalars scalars;
    private final long site;
    private final int firstRow;
    private final RefTensor x; // (B, C, H, W)
    private final RefTensor dx; // or null
    private final RefTensor y;
    private final RefTensor dy;
    private final int channels;
    private final int height;
    private final int width;

    RefAugment(AugmentSpec spec, StepScalars scalars, int site, int firstRow, Variable x, Variable y) {
        AugmentPlan.check(site, firstRow, x, y);
        this.spec = spec;
        this.scalars = scalars;
        this.site = site;
        this.firstRow = firstRow;
        this.x = RefTensor.of(x.value());
        this.dx = RefTensor.orNull(x.grad());
        this.y = RefTensor.of(y.value());
        this.dy = RefTensor.orNull(y.grad());
        Shape shape = x.shape();
        channels = shape.get(1);
        height = shape.get(2);
        width = shape.get(3);
    }

    /** What one image of the batch draws. */
    private final class Draws {
        private final long firstBlock; // of this image's random numbers
        private final double angle; // radians
        private final double scale;
        private final double shiftX;
        private final double shiftY;
        private final double contrast;
        private final double brightness;
        private final boolean inverted;
        private final double[] factors = new double[4]; // of the channels

        Draws(int b) {
            firstBlock = (site << 40) + ((long) (firstRow + b) << 20);
            int[] bits = bits(0);
            angle = Math.toRadians(spec.rotationDegrees()) * even(bits[0]);
            scale = 1 + spec.scale() * even(bits[1]);
            shiftX = spec.shiftPixels() * even(bits[2]);
            shiftY = spec.shiftPixels() * even(bits[3]);
            bits = bits(1);
            contrast = 1 + spec.contrast() * even(bits[0]);
            brightness = spec.brightness() * even(bits[1]);
            inverted = (bits[2] >>> 8) * 0x1p-24 < (float) spec.invert();
            bits = bits(2);
            for (int c = 0; c < factors.length; c++) factors[c] = 1 + spec.channelJitter() * even(bits[c]);
        }

        private int[] bits(int counter) {
            int[] bits = new int[4];
            Philox.block(scalars.seed, Philox.Stream.AUGMENT, scalars.step, firstBlock + counter, bits);
            return bits;
        }

        /** Even in (−1, 1). */
        private static double even(int bits) {
            return 2 * Philox.uniform(bits) - 1;
        }

        /** dy/dv of a value v of channel {@code c}. */
        double gain(int c) {
            return (inverted ? -1 : 1) * factors[c] * contrast;
        }

        /** What becomes of the value v. */
        double value(int c, double v) {
            double changed = factors[c] * (contrast * (v - 0.5) + 0.5 + brightness);
            return inverted ? 1 - changed : changed;
        }

        /** Of the value number {@code i} of the image in the order (H, W, C). */
        double noise(long i) {
            long index = 4 * (firstBlock + (1 << 19)) + i;
            return spec.noise() * Philox.normal(scalars.seed, Philox.Stream.AUGMENT, scalars.step, index);
        }
    }

    private interface Tap {
        void at(int pixel, double weight);
    }

    /** The four pixels around the place that pixel (px, py) of the result shows, with their weights. */
    private void taps(Draws draws, int px, int py, Tap tap) {
        double centreX = (width - 1) / 2.0;
        double centreY = (height - 1) / 2.0;
        double toX = px - centreX - draws.shiftX;
        double toY = py - centreY - draws.shiftY;
        double cosine = Math.cos(draws.angle) / draws.scale;
        double sine = Math.sin(draws.angle) / draws.scale;
        double fromX = Math.min(Math.max(centreX + cosine * toX + sine * toY, 0), width - 1);
        double fromY = Math.min(Math.max(centreY - sine * toX + cosine * toY, 0), height - 1);
        int left = (int) fromX;
        int top = (int) fromY;
        int right = Math.min(left + 1, width - 1);
        int bottom = Math.min(top + 1, height - 1);
        double u = fromX - left;
        double v = fromY - top;
        tap.at(top * width + left, (1 - v) * (1 - u));
        tap.at(top * width + right, (1 - v) * u);
        tap.at(bottom * width + left, v * (1 - u));
        tap.at(bottom * width + right, v * u);
    }

    @Override
    public void forward() {
        int area = height * width;
        for (int b = 0; b < x.shape().get(0); b++) {
            Draws draws = new Draws(b);
            for (int c = 0; c < channels; c++) {
                int plane = (b * channels + c) * area;
                for (int p = 0; p < area; p++) {
                    double[] sum = new double[1];
                    taps(draws, p % width, p / width, (pixel, weight) -> sum[0] += weight * x.get(plane + pixel));
                    double noise = spec.noise() == 0 ? 0 : draws.noise((long) p * channels + c);
                    y.set(plane + p, draws.value(c, sum[0]) + noise);
                }
            }
        }
    }

    @Override
    public void backward() {
        if (dx == null) return;
        dx.fill(0);
        int area = height * width;
        for (int b = 0; b < x.shape().get(0); b++) {
            Draws draws = new Draws(b);
            for (int c = 0; c < channels; c++) {
                int plane = (b * channels + c) * area;
                for (int p = 0; p < area; p++) {
                    double d = draws.gain(c) * dy.get(plane + p);
                    taps(draws, p % width, p / width, (pixel, weight) -> dx.add(plane + pixel, weight * d));
                }
            }
        }
    }
}
