package dev.duet.backend.cpu;

import java.util.ArrayList;
import java.util.List;

/** Builds {@code ConvolutionPlan} of {@code native/plans.h}: which inputs and weights meet at each target position. */
final class ConvolutionPlan {
    /** Ordinals are those of {@code Epilogue} there. */
    enum Epilogue {
        PLAIN,
        BIAS,
        BIAS_RELU,
        SUM,
        GATE_SUM
    }

    private static final int HEADER = 6;
    private static final int TARGET_INTS = 3;

    private record Target(int offset, int first, int count) {}

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
        targets.add(new Target(g.coarseOffset(i, j), first, taps.size() - first));
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
        targets.add(new Target(g.fineOffset(y, x), first, taps.size() - first));
    }

    /** Coarse position whose kernel index {@code tap} is the fine position {@code y}, or −1. */
    private static int coarsePosition(Geometry g, int y, int tap, int extent) {
        int scaled = y + g.padding() - tap;
        return scaled >= 0 && scaled % g.stride() == 0 && scaled / g.stride() < extent ? scaled / g.stride() : -1;
    }

    /**
     * Rows (B, in) times weights (in, out), with the out features seen as positions of {@code channels} channels, so that a
     * sum epilogue adds up over the positions.
     */
    static ConvolutionPlan rows(int in, int out, int channels) {
        ConvolutionPlan plan = new ConvolutionPlan(channels, out, in, out);
        for (int offset = 0; offset < out; offset += channels) {
            plan.targets.add(new Target(offset, plan.taps.size(), 1));
            plan.taps.add(new Tap(0, offset, in));
        }
        return plan;
    }

    int targetImage() {
        return targetImage;
    }

    int[] encode() {
        IntWriter out = new IntWriter();
        int firstTap = HEADER + TARGET_INTS * targets.size();
        out.add(targets.size(), channels, weightStride, sourceImage, targetImage, firstTap);
        for (Target t : targets) out.add(t.offset, t.first, t.count);
        for (Tap t : taps) out.add(t.source, t.weights, t.length);
        return out.toArray();
    }
}
