package dev.duet.backend.cpu;

import java.util.ArrayList;
import java.util.List;

/** Builds {@code WeightPlan} of {@code native/plans.h}: which fine and coarse positions meet for each weight. */
final class WeightPlan {
    private static final int HEADER = 6;
    private static final int PANEL_INTS = 5;

    /** Below this many fine channels, a kernel row's columns share one panel, so that its tiles are not too small. */
    private static final int FEW_CHANNELS = 8;

    /**
     * Products that a tile sums up in registers before it goes back to memory, at least: measured at 8 × 8, 4 × 4 and 1 × 1
     * coarse positions. More would push the images out of the cache.
     */
    private static final int PRODUCTS = 256;

    private record Panel(int row, int rows, int first, int count, boolean initial) {}

    private final Geometry g;
    private final List<Panel> panels = new ArrayList<>();
    private final IntWriter pairs = new IntWriter();
    private int pairCount;

    private WeightPlan(Geometry g) {
        this.g = g;
    }

    static int[] encode(Geometry g) {
        WeightPlan plan = new WeightPlan(g);
        for (int row = 0; row < g.kernel(); row++) {
            if (g.fineChannels() < FEW_CHANNELS && g.kernel() > 1) {
                plan.addKernelRow(row);
            } else {
                for (int column = 0; column < g.kernel(); column++) plan.addTap(row, column, true);
            }
        }
        return plan.encode();
    }

    /** All columns of a kernel row where all meet the image, then each column alone where only some do. */
    private void addKernelRow(int row) {
        int first = pairCount;
        for (int i = 0; i < g.coarse().get(1); i++) {
            for (int j = 0; j < g.coarse().get(2); j++) {
                if (meets(i, row, 1) && wholeRow(j)) addPair(i, j, row, 0);
            }
        }
        panels.add(new Panel(weightRow(row, 0), g.kernel() * g.fineChannels(), first, pairCount - first, true));
        for (int column = 0; column < g.kernel(); column++) addTap(row, column, false);
    }

    /** One kernel position; {@code all} its pairs, or only those that its kernel row's panel lacks. */
    private void addTap(int row, int column, boolean all) {
        int first = pairCount;
        for (int i = 0; i < g.coarse().get(1); i++) {
            for (int j = 0; j < g.coarse().get(2); j++) {
                if (meets(i, row, 1) && meets(j, column, 2) && (all || !wholeRow(j))) addPair(i, j, row, column);
            }
        }
        panels.add(new Panel(weightRow(row, column), g.fineChannels(), first, pairCount - first, all));
    }

    private boolean meets(int position, int tap, int axis) {
        return tap >= g.firstTap(position) && tap < g.endTap(position, g.fine().get(axis));
    }

    private boolean wholeRow(int j) {
        return meets(j, 0, 2) && meets(j, g.kernel() - 1, 2);
    }

    private int weightRow(int row, int column) {
        return (row * g.kernel() + column) * g.fineChannels();
    }

    private void addPair(int i, int j, int row, int column) {
        pairs.add(g.fineOffset(g.finePosition(i, row), g.finePosition(j, column)), g.coarseOffset(i, j));
        pairCount++;
    }

    /** Images whose products stay in registers at a time. */
    private int group() {
        int positions = g.coarse().get(1) * g.coarse().get(2);
        return Math.max(1, (PRODUCTS + positions - 1) / positions);
    }

    private int[] encode() {
        IntWriter out = new IntWriter();
        int firstPair = HEADER + PANEL_INTS * panels.size();
        out.add(panels.size(), g.coarseChannels(), g.fine().size(), g.coarse().size(), group(), firstPair);
        for (Panel p : panels) out.add(p.row, p.rows, p.first, p.count, p.initial ? 1 : 0);
        out.add(pairs.toArray());
        return out.toArray();
    }
}
