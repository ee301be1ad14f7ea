package dev.duet.backend.cuda;

import dev.duet.backend.Activation;
import dev.duet.tensor.Variable;

/** What follows a layer's product, in place: one launch forward, one backward. */
final class BiasActivation {
    /** That a thread moves at once. */
    private static final int PACK_BYTES = 16;

    /** Threads side by side over a row at most: one tile of layer.cu. */
    private static final int MAX_ACROSS = 64;

    private static final int MAX_BLOCKS = 1024;

    /** Where the last block adds up all others' sums. */
    private static final int MAX_SUMMED_BLOCKS = 128;

    private final CudaContext context;
    private final CudaTensor output; // (rows, columns), NHWC images being (B H W, C)
    private final long rows;
    private final int columns;
    private final int relu;
    private final Launch forward;
    private final Launch backward; // null without a gradient, or with nothing to do

    BiasActivation(CudaContext context, Activation activation, Variable bias, Variable y) {
        this.context = context;
        output = CudaTensor.of(y.value());
        columns = bias.shape().size();
        rows = output.shape().size() / columns;
        relu = activation == Activation.RELU ? 1 : 0;
        forward = launch("bias_activation_", MAX_BLOCKS)
                .pointer(0, output.address())
                .pointer(1, CudaTensor.addressOf(bias.value()))
                .i64(2, rows)
                .i32(3, columns)
                .i32(4, relu);
        boolean needed = bias.grad() != null || relu == 1;
        backward = y.grad() != null && needed ? backward(y, bias) : null;
    }

    private Launch backward(Variable y, Variable bias) {
        long partials = (long) blocksDown(MAX_SUMMED_BLOCKS) * columns;
        Reduction sums = new Reduction(context, "bias gradient of " + output, partials);
        return launch("bias_activation_backward_", MAX_SUMMED_BLOCKS)
                .pointer(0, output.address())
                .pointer(1, CudaTensor.addressOf(y.grad()))
                .pointer(2, CudaTensor.addressOf(bias.grad()))
                .pointer(3, sums.partials())
                .pointer(4, sums.counter())
                .i64(5, rows)
                .i32(6, columns)
                .i32(7, relu);
    }

    private Launch launch(String kernel, int maxBlocks) {
        int tiles = (packs() + MAX_ACROSS - 1) / MAX_ACROSS;
        Kernel typed = context.kernels().kernel(kernel + output.type().suffix);
        return new Launch(context, typed, blocksDown(maxBlocks), tiles, Launch.THREADS, 0);
    }

    /** Accesses that a row takes. */
    private int packs() {
        int wide = PACK_BYTES / output.type().bytes;
        return columns % wide == 0 ? columns / wide : columns;
    }

    /** Blocks, each of which takes some rows at a time. */
    private int blocksDown(int most) {
        return Launch.blocks(rows * Math.min(packs(), MAX_ACROSS), most);
    }

    /** y = activation(y + bias). */
    void forward() {
        forward.run();
    }

    /** dy is zeroed where the ReLU was; dBias = its sums. */
    void backward() {
        if (backward != null) backward.run();
    }
}
