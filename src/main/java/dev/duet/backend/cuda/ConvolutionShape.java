package dev.duet.backend.cuda;

import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Shape;

/**
 * A convolution between its fine side, the image of more pixels (N, C, H, W), and its coarse one, that of fewer (N, K, P, Q).
 * A convolution reads the fine side and writes the coarse one; a transposed one reads the coarse and writes the fine, with
 * the same filter (K, k, k, C).
 */
record ConvolutionShape(
        int images,
        int fineChannels,
        int fineHeight,
        int fineWidth,
        int coarseChannels,
        int coarseHeight,
        int coarseWidth,
        int kernel,
        int stride,
        int padding) {
    /** @param in (C, H, W) of the layer's input, and out of its output */
    static ConvolutionShape of(LayerSpec.Conv2d spec, int images, Shape in, Shape out) {
        return of(images, in, out, spec.kernel(), spec.stride(), spec.padding());
    }

    static ConvolutionShape of(LayerSpec.ConvTranspose2d spec, int images, Shape in, Shape out) {
        return of(images, out, in, spec.kernel(), spec.stride(), spec.padding());
    }

    private static ConvolutionShape of(int images, Shape fine, Shape coarse, int kernel, int stride, int padding) {
        return new ConvolutionShape(
                images,
                fine.get(0),
                fine.get(1),
                fine.get(2),
                coarse.get(0),
                coarse.get(1),
                coarse.get(2),
                kernel,
                stride,
                padding);
    }

    long fineSize() {
        return (long) images * fineChannels * fineHeight * fineWidth;
    }

    long coarseSize() {
        return (long) images * coarseChannels * coarseHeight * coarseWidth;
    }

    long filterSize() {
        return (long) coarseChannels * kernel * kernel * fineChannels;
    }

    @Override
    public String toString() {
        return "(" + images + "," + fineChannels + "," + fineHeight + "," + fineWidth + ") to (" + images + ","
                + coarseChannels + "," + coarseHeight + "," + coarseWidth + ") by " + kernel + "x" + kernel + " stride "
                + stride + " padding " + padding;
    }
}
