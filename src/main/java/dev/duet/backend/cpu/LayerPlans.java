package dev.duet.backend.cpu;

import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;

/**
 * How the kernels run a layer. Weights lie as {@code blocks} matrices (rows: fine channels, columns: coarse channels), one per
 * kernel position, or for a linear layer one per output pixel and input pixel.
 *
 * @param down from the fine to the coarse side
 * @param up from the coarse to the fine side, with each matrix of the weights transposed
 * @param weights the gradient of the weights, encoded
 */
record LayerPlans(ConvolutionPlan down, ConvolutionPlan up, int[] weights, int blocks, int rows, int columns) {
    /** Address of {@code weight} as {@link #down}, or else {@link #up}, reads it for a source of type {@code source}. */
    long weightsFor(boolean goesDown, ElementType source, Tensor weight) {
        if (goesDown && source == ElementType.FLOAT32) return CpuTensor.floatsOf(weight); // as they lie
        WeightCopy.Kind kind = goesDown ? WeightCopy.Kind.PAIRED : WeightCopy.Kind.transposed(source);
        return CpuParameters.copyOf(weight, kind, blocks, rows, columns);
    }

    /** @param input shape (C, H, W) of the layer's input */
    static LayerPlans of(LayerSpec spec, Shape input) {
        if (spec instanceof LayerSpec.Linear linear) return linear(linear.in(), linear.out());
        return convolution(Geometry.of(spec, input));
    }

    static LayerPlans convolution(Geometry g) {
        return new LayerPlans(
                ConvolutionPlan.down(g),
                ConvolutionPlan.up(g),
                WeightPlan.convolution(g),
                g.taps(),
                g.fineChannels(),
                g.coarseChannels());
    }

    /** A linear layer as one matrix per pair of pixels, so that rows of weights are short and lie one after another. */
    private static LayerPlans linear(Shape in, Shape out) {
        int pixels = in.size() / in.get(0) * (out.size() / out.get(0));
        return new LayerPlans(
                ConvolutionPlan.linear(in, out),
                ConvolutionPlan.linearBackward(in, out),
                WeightPlan.linear(in, out),
                pixels,
                in.get(0),
                out.get(0));
    }
}
