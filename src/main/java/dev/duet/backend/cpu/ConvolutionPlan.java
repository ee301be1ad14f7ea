package dev.duet.backend.cpu;

import dev.duet.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Builds {@code ConvolutionPlan} of {@code native/plans.h}: which inputs and weights meet at each target position. */
final class ConvolutionPlan {
    /** What a convolution does with a sum before it stores it; numbered as there. */
    enum Epilogue {
        PLAIN(0),
        BIAS(1),
        BIAS_RELU(2),
        SUM(3),
        GATE_SUM(4);

        final int code;

        Epilogue(int code) {
            this.code = code;
        }
    }

    private static final int HEADER = 7;
    private static final int TARGET_INTS = 4;

    /** Elements of bfloat16 in a row of a matrix tile. */
    private static final int TILE_ROW = 32;

    private record Target(int offset, int first, int count, int bias) {}

    private record Tap(int source, int weights, int length) {}

    private final List<Target> targets = new ArrayList<>();
    private final List<Tap> taps = new ArrayList<>();
    private final int channels;
    private final int weightStride;
    private final int sourceImage;
    private final int targetImage;

    private ConvolutionPlan(int channels, int weightStride, int sourceImage, int targetImage) {
        this.channels = channels;
        this.weightStride = weightStride;
        this.sourceImage = sourceImage;
        this.targetImage = targetImage;
    }

    /** Fine to coarse, weights (k, k, fine, coarse): neighbouring columns of a kernel row are one run. */
    static ConvolutionPlan down(Geometry g) {
        ConvolutionPlan plan = new ConvolutionPlan(
                g.coarseChannels(),
                g.coarseChannels(),
                g.fine().size(),
                g.coarse().size());
        for (int i = 0; i < g.coarse().get(1); i++) {
            for (int j = 0; j < g.coarse().get(2); j++) plan.addDown(g, i, j);
        }
        return plan;
    }

    private void addDown(Geometry g, int i, int j) {
        int first = taps.size();
        int left = g.firstTap(j);
        int width = g.endTap(j, g.fine().get(2)) - left;
        for (int row = g.firstTap(i); row < g.endTap(i, g.fine().get(1)) && width > 0; row++) {
            taps.add(new Tap(
                    g.fineOffset(g.finePosition(i, row), g.finePosition(j, left)),
                    (row * g.kernel() + left) * g.fineChannels() * g.coarseChannels(),
                    width * g.fineChannels()));
        }
        targets.add(new Target(g.coarseOffset(i, j), first, taps.size() - first, 0));
    }

    /** Coarse to fine, weights (k, k, coarse, fine); positions of one sub-pixel phase, which share weights, follow each other. */
    static ConvolutionPlan up(Geometry g) {
        ConvolutionPlan plan = new ConvolutionPlan(
                g.fineChannels(), g.fineChannels(), g.coarse().size(), g.fine().size());
        for (int phaseY = 0; phaseY < g.stride(); phaseY++) {
            for (int phaseX = 0; phaseX < g.stride(); phaseX++) {
                for (int y = phaseY; y < g.fine().get(1); y += g.stride()) {
                    for (int x = phaseX; x < g.fine().get(2); x += g.stride()) plan.addUp(g, y, x);
                }
            }
        }
        return plan;
    }

    private void addUp(Geometry g, int y, int x) {
        int first = taps.size();
        for (int row = 0; row < g.kernel(); row++) {
            int i = coarsePosition(g, y, row, g.coarse().get(1));
            for (int column = 0; column < g.kernel() && i >= 0; column++) {
                int j = coarsePosition(g, x, column, g.coarse().get(2));
                if (j < 0) continue;
                taps.add(new Tap(
                        g.coarseOffset(i, j),
                        (row * g.kernel() + column) * g.coarseChannels() * g.fineChannels(),
                        g.coarseChannels()));
            }
        }
        targets.add(new Target(g.fineOffset(y, x), first, taps.size() - first, 0));
    }

    /** Coarse position whose kernel index {@code tap} is the fine position {@code y}, or −1. */
    private static int coarsePosition(Geometry g, int y, int tap, int extent) {
        int scaled = y + g.padding() - tap;
        return scaled >= 0 && scaled % g.stride() == 0 && scaled / g.stride() < extent ? scaled / g.stride() : -1;
    }

    /** Linear from features (C, H, W) to (C, H, W), weights (out pixel, in, out channel). */
    static ConvolutionPlan linear(Shape in, Shape out) {
        int channels = out.get(0);
        ConvolutionPlan plan = new ConvolutionPlan(channels, channels, in.size(), out.size());
        for (int offset = 0; offset < out.size(); offset += channels) {
            plan.targets.add(new Target(offset, plan.taps.size(), 1, offset));
            plan.taps.add(new Tap(0, offset * in.size(), in.size()));
        }
        return plan;
    }

    /** The adjoint of {@link #linear}, weights (out pixel, in pixel, out channel, in channel). */
    static ConvolutionPlan linearBackward(Shape in, Shape out) {
        int channels = in.get(0);
        ConvolutionPlan plan = new ConvolutionPlan(channels, channels, out.size(), in.size());
        for (int target = 0; target < in.size(); target += channels) {
            int first = plan.taps.size();
            for (int source = 0; source < out.size(); source += out.get(0)) {
                plan.taps.add(new Tap(source, source * in.size() + target * out.get(0), out.get(0)));
            }
            plan.targets.add(new Target(target, first, plan.taps.size() - first, 0));
        }
        return plan;
    }

    /**
     * What a tile takes of a run at a time: the largest even number of elements up to {@value #TILE_ROW} that divides all runs.
     * 2 at worst; runs of float32 may be odd, but meet no tiles.
     */
    private int piece() {
        int piece = TILE_ROW;
        while (piece > 2 && !divides(piece)) piece -= 2;
        return piece;
    }

    private boolean divides(int piece) {
        return taps.stream().allMatch(tap -> tap.length % piece == 0);
    }

    int[] encode() {
        IntWriter out = new IntWriter();
        int firstTap = HEADER + TARGET_INTS * targets.size();
        out.add(targets.size(), channels, weightStride, sourceImage, targetImage, piece(), firstTap);
        for (Target t : targets) out.add(t.offset, t.first, t.count, t.bias);
        for (Tap t : taps) out.add(t.source, t.weights, t.length);
        return out.toArray();
    }
}
