package dev.duet.data;

import dev.duet.data.DigitSkeletons.Skeleton;
import dev.duet.tensor.Philox;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Procedural digits for the demo: no download, no font, no licence. Image i of a set is a function of (seed, i) and its
 * label alone; all classes are equally frequent (±1), in random order.
 */
public final class SyntheticDigits {
    private static final int CLASSES = 10;
    private static final int SIDE = 28;
    /** Height of a written digit, pixels; the rest is margin, as in MNIST. */
    private static final double DIGIT_HEIGHT = 20;

    /** The step words of the random stream that are not images: those of the labels. */
    private static final int LABELS = -1;

    private SyntheticDigits() {}

    /** Draws image {@code index} of class {@code label} into {@code out}: uint8, HWC. */
    interface Painter {
        void paint(int label, Philox.Sequence random, byte[] out);
    }

    /** Handwriting-like digits: 28×28, grey, light strokes on black. Named {@code handwriting}. */
    public static ImageSet handwriting(int count, long seed) {
        return make("handwriting", count, seed, 0, SIDE, 1, Handwriting::new);
    }

    /** House-number-like digits: 32×32, RGB, with parts of neighbouring digits. Named {@code housenumbers}. */
    public static ImageSet houseNumbers(int count, long seed) {
        return make("housenumbers", count, seed, 1, HouseNumbers.SIDE, 3, HouseNumbers::new);
    }

    private static ImageSet make(
            String name, int count, long seed, int domain, int side, int channels, Supplier<Painter> painters) {
        int bytes = side * side * channels;
        ByteBuffer pixels = Pixels.allocate(name, (long) bytes * count);
        byte[] labels = labels(count, seed, domain);
        ThreadLocal<Painter> painter = ThreadLocal.withInitial(painters);
        IntStream.range(0, count).parallel().forEach(i -> {
            byte[] image = new byte[bytes];
            painter.get().paint(labels[i], new Philox.Sequence(seed, Philox.Stream.SYNTHETIC, 2 * i + domain), image);
            pixels.put(i * bytes, image);
        });
        return new ImageSet(name, side, side, channels, pixels, labels, Pixels.digitClasses(labels));
    }

    private static byte[] labels(int count, long seed, int domain) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) order[i] = i % CLASSES;
        new Philox.Sequence(seed, Philox.Stream.SYNTHETIC, LABELS - domain).shuffle(order);
        byte[] labels = new byte[count];
        for (int i = 0; i < count; i++) labels[i] = (byte) order[i];
        return labels;
    }

    /** A uniform number in [low, high). */
    static double between(Philox.Sequence random, double low, double high) {
        return low + (high - low) * random.nextDouble();
    }

    /** A shaky, slanted, bent pen stroke of uneven width. */
    private static final class Handwriting implements Painter {
        private final StrokeRaster raster = new StrokeRaster(SIDE, SIDE);

        @Override
        public void paint(int label, Philox.Sequence random, byte[] out) {
            Skeleton[] variants = DigitSkeletons.HANDWRITTEN[label];
            Skeleton glyph = variants[random.nextInt(variants.length)];
            double[] points = place(bend(glyph.points(), random), random);
            double radius = between(random, 0.8, 1.6);
            double swell = between(random, 0, 0.28);
            double phase = between(random, 0, 2 * Math.PI);
            raster.clear();
            raster.draw(points, glyph.strokes(), along -> radius * (1 + swell * Math.sin(phase + 5 * along)));
            double strength = between(random, 225, 285);
            for (int i = 0; i < out.length; i++) {
                out[i] = (byte) Math.min(255, Math.round(strength * raster.ink()[i]));
            }
        }

        /** Into [−½, ½]², each point shaken and all together bent by two slow waves. */
        private static double[] bend(double[] grid, Philox.Sequence random) {
            double waveX = between(random, 0, 2 * Math.PI);
            double waveY = between(random, 0, 2 * Math.PI);
            double depthX = between(random, -0.07, 0.07);
            double depthY = between(random, -0.05, 0.05);
            double[] out = new double[grid.length];
            for (int i = 0; i < grid.length; i += 2) {
                double x = grid[i] / 100 - 0.5 + 0.024 * random.nextGaussian();
                double y = grid[i + 1] / 100 - 0.5 + 0.024 * random.nextGaussian();
                out[i] = x + depthX * Math.sin(waveX + 5 * y);
                out[i + 1] = y + depthY * Math.sin(waveY + 5 * x);
            }
            return out;
        }

        /** Slant, turn, scale; then the middle of its bounding box near the middle of the image. */
        private static double[] place(double[] points, Philox.Sequence random) {
            double slant = -0.12 + 0.16 * random.nextGaussian();
            double turn = 0.07 * random.nextGaussian();
            double tall = DIGIT_HEIGHT / 0.84 * between(random, 0.9, 1.06);
            double wide = tall * between(random, 0.64, 1.06);
            double[] low = {1e9, 1e9};
            double[] high = {-1e9, -1e9};
            for (int i = 0; i < points.length; i += 2) {
                double x = wide * (points[i] + slant * points[i + 1]);
                double y = tall * points[i + 1];
                points[i] = x * Math.cos(turn) - y * Math.sin(turn);
                points[i + 1] = x * Math.sin(turn) + y * Math.cos(turn);
                for (int axis = 0; axis < 2; axis++) {
                    low[axis] = Math.min(low[axis], points[i + axis]);
                    high[axis] = Math.max(high[axis], points[i + axis]);
                }
            }
            for (int axis = 0; axis < 2; axis++) {
                double shift = SIDE / 2.0 - (low[axis] + high[axis]) / 2 + 0.6 * random.nextGaussian();
                for (int i = axis; i < points.length; i += 2) points[i] += shift;
            }
            return points;
        }
    }
}
