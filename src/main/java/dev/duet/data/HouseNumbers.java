package dev.duet.data;

import dev.duet.data.DigitSkeletons.Skeleton;
import dev.duet.tensor.Philox;

/**
 * Paints house-number-like digits: a plate in one colour, the digit in another, often parts of its neighbours, all seen
 * slightly from the side, lit unevenly, a little blurred and noisy. Mostly light digits on dark plates, so that the mean
 * image of a class still shows the digit.
 */
final class HouseNumbers implements SyntheticDigits.Painter {
    static final int SIDE = 32;

    private static final double LIGHT_ON_DARK = 0.84;
    private static final double NEIGHBOUR = 0.6;

    // Colours as 0xRRGGBB.
    private static final int[] DARK = {
        0x1C2C58, 0x1A3F7A, 0x4A3020, 0x262628, 0x1E4630, 0x6E2A22, 0x404B58, 0x5A564F, 0x4E4434
    };
    private static final int[] LIGHT = {0xECECE6, 0xF0E2BC, 0xCED2D8, 0xE0C070, 0xF4F4F4, 0xD8D0C0};

    private final StrokeRaster raster = new StrokeRaster(SIDE, SIDE);
    private final double[] image = new double[SIDE * SIDE * 3];
    private final double[] blurred = new double[SIDE * SIDE * 3];

    /** How the plate is seen: an affine map followed by a mild perspective. */
    private record View(double wide, double tall, double slant, double turn, double[] shift, double[] tilt) {
        static View draw(Philox.Sequence random) {
            double tall = SyntheticDigits.between(random, 24.5, 29);
            return new View(
                    tall * SyntheticDigits.between(random, 0.62, 0.82),
                    tall,
                    0.05 * random.nextGaussian(),
                    0.055 * random.nextGaussian(),
                    new double[] {0.7 * random.nextGaussian(), 0.7 * random.nextGaussian()},
                    new double[] {0.10 * random.nextGaussian(), 0.07 * random.nextGaussian()});
        }

        /** Grid points of a glyph set {@code along} glyph widths beside the middle, in pixels. */
        double[] project(double[] grid, double along) {
            double[] out = new double[grid.length];
            for (int i = 0; i < grid.length; i += 2) {
                double v = grid[i + 1] / 100 - 0.5;
                double u = grid[i] / 100 - 0.5 + along + slant * v;
                double depth = 1 + tilt[0] * u + tilt[1] * v;
                double x = wide * u / depth;
                double y = tall * v / depth;
                out[i] = SIDE / 2.0 + shift[0] + x * Math.cos(turn) - y * Math.sin(turn);
                out[i + 1] = SIDE / 2.0 + shift[1] + x * Math.sin(turn) + y * Math.cos(turn);
            }
            return out;
        }
    }

    @Override
    public void paint(int label, Philox.Sequence random, byte[] out) {
        boolean lightDigit = random.nextDouble() < LIGHT_ON_DARK;
        double[] dark = colour(DARK, random);
        double[] light = colour(LIGHT, random);
        View view = View.draw(random);
        ink(label, view, random);
        double shadow = random.nextDouble() < 0.5 ? SyntheticDigits.between(random, 0.15, 0.5) : 0;
        compose(lightDigit ? dark : light, lightDigit ? light : dark, shadow, random);
        blur(SyntheticDigits.between(random, 0.05, 0.24));
        finish(random, out);
    }

    /** The coverage of the digit and of its neighbours. */
    private void ink(int label, View view, Philox.Sequence random) {
        double radius = SyntheticDigits.between(random, 1.35, 2.3);
        double pitch = SyntheticDigits.between(random, 0.98, 1.2);
        raster.clear();
        glyph(label, view, 0, radius, random);
        for (int side = -1; side <= 1; side += 2) {
            if (random.nextDouble() < NEIGHBOUR) glyph(random.nextInt(10), view, side * pitch, radius, random);
        }
    }

    private void glyph(int digit, View view, double along, double radius, Philox.Sequence random) {
        Skeleton[] variants = DigitSkeletons.PRINTED[digit];
        Skeleton glyph = variants[random.nextInt(variants.length)];
        double[] points = view.project(glyph.points(), along);
        raster.draw(points, glyph.strokes(), at -> radius);
    }

    /** Plate, the digits' shadow to the lower right, and digits, under light that falls off in one direction. */
    private void compose(double[] plate, double[] digit, double shadow, Philox.Sequence random) {
        float[] ink = raster.ink();
        double lightX = 0.10 * random.nextGaussian() / SIDE;
        double lightY = 0.10 * random.nextGaussian() / SIDE;
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                int at = y * SIDE + x;
                double shade = x > 0 && y > 0 ? 1 - shadow * ink[at - SIDE - 1] : 1;
                double light = 1 + lightX * (x - SIDE / 2) + lightY * (y - SIDE / 2);
                for (int c = 0; c < 3; c++) {
                    double below = plate[c] * shade;
                    image[at * 3 + c] = light * (below + ink[at] * (digit[c] - below));
                }
            }
        }
    }

    /** Separable 3-tap blur with weights (w, 1 − 2w, w), edges clamped. */
    private void blur(double w) {
        pass(image, blurred, 3, w, SIDE * 3, SIDE);
        pass(blurred, image, SIDE * 3, w, 3, SIDE);
    }

    /** One direction: neighbours {@code step} apart along lines that begin {@code lineStep} apart. */
    private static void pass(double[] in, double[] out, int step, double w, int lineStep, int lines) {
        for (int line = 0; line < lines; line++) {
            for (int i = 0; i < SIDE; i++) {
                int at = line * lineStep + i * step;
                int before = i == 0 ? at : at - step;
                int after = i == SIDE - 1 ? at : at + step;
                for (int c = 0; c < 3; c++) {
                    out[at + c] = w * (in[before + c] + in[after + c]) + (1 - 2 * w) * in[at + c];
                }
            }
        }
    }

    /** Noise, mostly alike in the three channels, then 8 bits. */
    private void finish(Philox.Sequence random, byte[] out) {
        double level = SyntheticDigits.between(random, 1, 7) / 128;
        for (int i = 0; i < SIDE * SIDE; i++) {
            int bits = random.nextInt();
            double common = (bits & 255) + ((bits >>> 8) & 255) - 255; // triangular in ±255
            for (int c = 0; c < 3; c++) {
                double own = ((bits >>> (16 + 5 * c)) & 31) - 15.5;
                out[3 * i + c] =
                        (byte) Math.round(Math.min(255, Math.max(0, image[3 * i + c] + level * (common + 4 * own))));
            }
        }
    }

    /** One of the colours, each channel shifted a little, all brightened or darkened together. */
    private static double[] colour(int[] palette, Philox.Sequence random) {
        int rgb = palette[random.nextInt(palette.length)];
        double brightness = SyntheticDigits.between(random, 0.85, 1.12);
        double[] out = new double[3];
        for (int c = 0; c < 3; c++) {
            out[c] = brightness * ((rgb >> (16 - 8 * c)) & 255) + 6 * random.nextGaussian();
        }
        return out;
    }
}
