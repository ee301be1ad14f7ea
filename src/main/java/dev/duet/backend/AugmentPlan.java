package dev.duet.backend;

import dev.duet.DuetException;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;
import java.util.stream.LongStream;

/** What an augmentation kernel, on the CPU or on a GPU, is told: {@code AugmentPlan} of kernels/math/augment.h. */
public final class AugmentPlan {
    /** As many as an image has; the kernels draw a factor for each at once. */
    private static final int MAX_CHANNELS = 4;

    /** Below these the numbers of all draws differ: site·2⁴⁰ + row·2²⁰ + counter. */
    private static final int MAX_SITES = 1 << 20;

    private static final int MAX_ROWS = 1 << 20;

    /** Noise has half of a row's counters, four normals each. */
    private static final int MAX_IMAGE = 1 << 21;

    private AugmentPlan() {}

    /** Whether the arguments of {@link Backend#augment} fit together; the kernels rely on it. */
    public static void check(int site, int firstRow, Variable x, Variable y) {
        Shape shape = x.shape();
        String where = "augmentation of tensor '" + x.value().name() + "' " + shape + ": expected ";
        if (shape.rank() != 4 || shape.get(1) > MAX_CHANNELS || shape.size() / Math.max(1, shape.get(0)) > MAX_IMAGE) {
            throw new DuetException(where + "images (B, C, H, W) of at most " + MAX_CHANNELS + " channels and "
                    + MAX_IMAGE + " values; augment images, not hidden layers");
        }
        ShapeMismatch.check("augmentation", y.value(), shape);
        if (x.value() == y.value()) {
            throw new DuetException(where + "another tensor to write to, got the same; make one more");
        }
        if (site < 0 || site >= MAX_SITES) {
            throw new DuetException(where + "a site from 0 to " + (MAX_SITES - 1) + ", got " + site);
        }
        if (firstRow < 0 || firstRow > MAX_ROWS - shape.get(0)) {
            throw new DuetException(where + "rows of a batch of at most " + MAX_ROWS + ", got a first row of "
                    + firstRow + "; try a smaller batch");
        }
    }

    /** The plan as 64-bit words. */
    public static long[] words(AugmentSpec spec, int site, int firstRow, Shape shape) {
        LongStream.Builder words = LongStream.builder();
        double[] ranges = {
            spec.rotationDegrees() / 90,
            spec.scale(),
            spec.shiftPixels(),
            spec.contrast(),
            spec.brightness(),
            spec.channelJitter(),
            spec.invert(),
            spec.noise()
        };
        for (double range : ranges) words.add(Double.doubleToRawLongBits(range));
        words.add(site).add(firstRow).add(shape.get(0));
        return words.add(shape.get(2))
                .add(shape.get(3))
                .add(shape.get(1))
                .build()
                .toArray();
    }
}
