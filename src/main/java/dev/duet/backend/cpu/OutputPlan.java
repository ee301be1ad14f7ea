package dev.duet.backend.cpu;

import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;

/**
 * Builds {@code OutputPlan} of {@code native/plans.h}: a transposed convolution to few channels, in which each coarse position's
 * contributions (kernel row, kernel column, fine channel) are one product, added up where they belong.
 */
final class OutputPlan {
    /** Of the fine side, at most. */
    static final int MAX_CHANNELS = 4;

    private OutputPlan() {}

    /** The plan, then that from one position to its contributions. */
    static int[] encode(Geometry g, int rows, int blocks) {
        IntWriter out = new IntWriter();
        out.add(g.coarse().get(1), g.coarse().get(2), g.coarseChannels());
        out.add(g.fine().get(1), g.fine().get(2), g.fineChannels());
        out.add(g.kernel(), g.stride(), g.padding(), rows, blocks);
        Shape position = Shape.of(g.coarseChannels(), 1, 1);
        out.add(ConvolutionPlan.linear(position, Shape.of(contributions(g), 1, 1))
                .encode());
        return out.toArray();
    }

    /** Address of the copy of {@code weight}, of either kind of convolution, that meets a source of {@code type}. */
    static long weights(Geometry g, ElementType type, Tensor weight) {
        return CpuParameters.copyOf(weight, WeightCopy.Kind.transposed(type), 1, contributions(g), g.coarseChannels());
    }

    /** Of a coarse position. */
    private static int contributions(Geometry g) {
        return g.taps() * g.fineChannels();
    }

    /** All contributions of one image, and the image with its padding. */
    static long scratchFloats(Geometry g) {
        long positions = (long) g.coarse().get(1) * g.coarse().get(2);
        return positions * contributions(g) + canvas(g, 1) * canvas(g, 2) * g.fineChannels();
    }

    private static long canvas(Geometry g, int axis) {
        long reached = (long) (g.coarse().get(axis) - 1) * g.stride() + g.kernel();
        return Math.max(reached, (long) g.padding() + g.fine().get(axis));
    }
}
