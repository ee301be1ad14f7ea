package dev.duet.backend.cpu;

import dev.duet.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Builds {@code WeightPlan} of {@code native/plans.h}: which fine and coarse positions meet for each weight. */
final class WeightPlan {
    private static final int HEADER = 6;
    private static final int PANEL_INTS = 5;

    private static final int COLUMNS = 1; // index in the plan
    private static final int FINE_IMAGE = 2;
    private static final int COARSE_IMAGE = 3;
    private static final int GROUP = 4;

    /** Below this many fine channels, a kernel row's columns share one panel, so that its tiles are not too small. */
    private static final int FEW_CHANNELS = 8;

    /**
     * Products that a tile sums up in registers before it goes back to memory, at least: measured at 8 × 8, 4 × 4 and 1 × 1
     * coarse positions. More would push the images out of the cache.
     */
    private static final int PRODUCTS = 256;

    private record Panel(int row, int rows, int first, int count, boolean initial) {}

    private final int fineImage;
    private final int coarseImage;
    private final int columns;
    private final List<Panel> panels = new ArrayList<>();
    private final IntWriter pairs = new IntWriter();
    private int pairCount;

    private WeightPlan(int fineImage, int coarseImage, int columns) {
        this.fineImage = fineImage;
        this.coarseImage = coarseImage;
        this.columns = columns;
    }

    static int[] convolution(Geometry g) {
        WeightPlan plan = new WeightPlan(g.fine().size(), g.coarse().size(), g.coarseChannels());
        for (int row = 0; row < g.kernel(); row++) {
            if (g.fineChannels() < FEW_CHANNELS && g.kernel() > 1) {
                plan.addKernelRow(g, row);
            } else {
                for (int column = 0; column < g.kernel(); column++) plan.addTap(g, row, column, true);
            }
        }
        return plan.encode(g.coarse().get(1) * g.coarse().get(2));
    }

    /** One panel per output pixel, see {@link ConvolutionPlan#linear}. */
    static int[] linear(Shape in, Shape out) {
        WeightPlan plan = new WeightPlan(in.size(), out.size(), out.get(0));
        for (int pixel = 0; pixel < out.size() / out.get(0); pixel++) {
            plan.panels.add(new Panel(pixel * in.size(), in.size(), plan.pairCount, 1, true));
            plan.addPair(0, pixel * out.get(0));
        }
        return plan.encode(1);
    }

    /** All columns of a kernel row where all meet the image, then each column alone where only some do. */
    private void addKernelRow(Geometry g, int row) {
        int first = pairCount;
        for (int i = 0; i < g.coarse().get(1); i++) {
            for (int j = 0; j < g.coarse().get(2); j++) {
                if (meets(g, i, row, 1) && wholeRow(g, j)) addPair(g, i, j, row, 0);
            }
        }
        panels.add(new Panel(weightRow(g, row, 0), g.kernel() * g.fineChannels(), first, pairCount - first, true));
        for (int column = 0; column < g.kernel(); column++) addTap(g, row, column, false);
    }

    /** One kernel position; {@code all} its pairs, or only those that its kernel row's panel lacks. */
    private void addTap(Geometry g, int row, int column, boolean all) {
        int first = pairCount;
        for (int i = 0; i < g.coarse().get(1); i++) {
            for (int j = 0; j < g.coarse().get(2); j++) {
                if (meets(g, i, row, 1) && meets(g, j, column, 2) && (all || !wholeRow(g, j)))
                    addPair(g, i, j, row, column);
            }
        }
        panels.add(new Panel(weightRow(g, row, column), g.fineChannels(), first, pairCount - first, all));
    }

    private static boolean meets(Geometry g, int position, int tap, int axis) {
        return tap >= g.firstTap(position) && tap < g.endTap(position, g.fine().get(axis));
    }

    private static boolean wholeRow(Geometry g, int j) {
        return meets(g, j, 0, 2) && meets(g, j, g.kernel() - 1, 2);
    }

    private static int weightRow(Geometry g, int row, int column) {
        return (row * g.kernel() + column) * g.fineChannels();
    }

    private void addPair(Geometry g, int i, int j, int row, int column) {
        addPair(g.fineOffset(g.finePosition(i, row), g.finePosition(j, column)), g.coarseOffset(i, j));
    }

    private void addPair(int fine, int coarse) {
        pairs.add(fine, coarse);
        pairCount++;
    }

    static int columns(int[] plan) {
        return plan[COLUMNS];
    }

    /** Images of which a kernel sums the products of {@code plan} at a time. */
    static int group(int[] plan) {
        return plan[GROUP];
    }

    /** Bytes in which a kernel lays out a group of images of {@code plan} as pairs, see {@code convolveWeights} there. */
    static long pairsBytes(int[] plan) {
        return Short.BYTES * (plan[GROUP] + 1L) * (plan[FINE_IMAGE] + plan[COARSE_IMAGE]) + 256;
    }

    /** @param products of one image and one weight */
    private int[] encode(int products) {
        IntWriter out = new IntWriter();
        int firstPair = HEADER + PANEL_INTS * panels.size();
        int group = Math.max(1, (PRODUCTS + products - 1) / products);
        out.add(panels.size(), columns, fineImage, coarseImage, group, firstPair);
        for (Panel p : panels) out.add(p.row, p.rows, p.first, p.count, p.initial ? 1 : 0);
        out.add(pairs.toArray());
        return out.toArray();
    }
}
