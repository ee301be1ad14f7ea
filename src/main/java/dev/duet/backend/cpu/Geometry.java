package dev.duet.backend.cpu;

import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Shape;

/**
 * A convolution from its fine (larger) to its coarse side: a convolution layer runs it forward, a transposed one backward.
 *
 * @param fine shape (C, H, W) of the fine side
 * @param coarse shape (C, H, W) of the coarse side
 */
record Geometry(Shape fine, Shape coarse, int kernel, int stride, int padding) {
    /** @param input shape (C, H, W) of the input of {@code spec}, a convolution of either kind */
    static Geometry of(LayerSpec spec, Shape input) {
        if (spec instanceof LayerSpec.Conv2d conv) {
            return new Geometry(input, conv.output(input), conv.kernel(), conv.stride(), conv.padding());
        }
        if (spec instanceof LayerSpec.ConvTranspose2d conv) {
            return new Geometry(conv.output(input), input, conv.kernel(), conv.stride(), conv.padding());
        }
        LayerSpec.Linear linear = (LayerSpec.Linear) spec;
        return new Geometry(
                Shape.of(linear.in().size(), 1, 1), Shape.of(linear.out().size(), 1, 1), 1, 1, 0);
    }

    int fineChannels() {
        return fine.get(0);
    }

    int coarseChannels() {
        return coarse.get(0);
    }

    int taps() {
        return kernel * kernel;
    }

    /** First kernel index, in one dimension, that meets a fine image of {@code extent} at coarse position {@code i}. */
    int firstTap(int i) {
        return Math.max(0, padding - i * stride);
    }

    /** One past the last. */
    int endTap(int i, int extent) {
        return Math.min(kernel, extent + padding - i * stride);
    }

    /** Fine position of kernel index {@code tap} at coarse position {@code i}. */
    int finePosition(int i, int tap) {
        return i * stride - padding + tap;
    }

    /** Offset in elements of a fine pixel. */
    int fineOffset(int y, int x) {
        return (y * fine.get(2) + x) * fine.get(0);
    }

    /** Offset in elements of a coarse pixel. */
    int coarseOffset(int y, int x) {
        return (y * coarse.get(2) + x) * coarse.get(0);
    }
}
