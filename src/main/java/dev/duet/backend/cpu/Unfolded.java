package dev.duet.backend.cpu;

import dev.duet.tensor.Tensor;

/**
 * The fine side of a convolution of few channels, float32, as products of bfloat16 read it: rounded, padded, and for each column
 * of coarse positions the runs of all rows one after another. So what a position meets is one run, and all runs are as long.
 */
final class Unfolded {
    private final Geometry geometry;
    private final long plan;
    private final long address;
    private final int rows;

    static boolean fits(Geometry g, ElementType fine, ElementType coarse) {
        boolean mixed = fine == ElementType.FLOAT32 && coarse == ElementType.BFLOAT16;
        return mixed && g.fineChannels() <= OutputPlan.MAX_CHANNELS && run(g) % 2 == 0;
    }

    Unfolded(Plans plans, Geometry g, int rows) {
        geometry = g;
        this.rows = rows;
        int channels = g.fineChannels();
        int width = padded(g, 2) * channels;
        IntWriter out = new IntWriter();
        out.add(g.fine().get(1), g.fine().get(2) * channels, padded(g, 1), width);
        out.add(g.padding() * (width + channels), g.coarse().get(2), run(g), g.stride() * channels);
        plan = plans.address(out.toArray());
        long elements = (long) rows * size(g) + (long) padded(g, 1) * width;
        address = plans.scratch((elements + 1) / 2);
    }

    /** Elements of one row that meet one coarse position. */
    private static int run(Geometry g) {
        return g.kernel() * g.fineChannels();
    }

    /** Extent with padding, as far as the image and the kernels reach. */
    private static int padded(Geometry g, int axis) {
        int reached = (g.coarse().get(axis) - 1) * g.stride() + g.kernel();
        return Math.max(reached, g.padding() + g.fine().get(axis));
    }

    /** Elements of an image. */
    static int size(Geometry g) {
        return g.coarse().get(2) * padded(g, 1) * run(g);
    }

    /** Offset in elements of what coarse position (i, j) meets. */
    static int offset(Geometry g, int i, int j) {
        return (j * padded(g, 1) + i * g.stride()) * run(g);
    }

    /** Elements of that. */
    static int length(Geometry g) {
        return g.kernel() * run(g);
    }

    /** Of what {@link #make} made last. */
    long address() {
        return address;
    }

    /** Address of the unfolded images at {@code source}. */
    long make(long source) {
        CpuKernels.unfold(plan, source, address, rows);
        return address;
    }

    /** Address of {@code weight} as {@link ConvolutionPlan#unfolded} reads it. */
    long weights(Tensor weight) {
        int channels = geometry.coarseChannels();
        return CpuParameters.copyOf(weight, WeightCopy.Kind.PAIRED, 1, length(geometry), channels);
    }
}
