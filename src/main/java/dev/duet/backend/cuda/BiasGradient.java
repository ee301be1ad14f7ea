package dev.duet.backend.cuda;

import dev.duet.backend.Activation;
import dev.duet.tensor.Tensor;

/**
 * The start of a layer's backward, one launch: the gradient of its output is zeroed, in place, where its ReLU was, and summed over
 * the rows to its bias's gradient.
 */
final class BiasGradient {
    /** Partial sums that a last block may find: enough blocks to keep the memory busy, few enough for it to be quick. */
    private static final int MAX_PARTIALS = 1 << 14;

    private static final int MIN_BLOCKS = 128; // if there are rows for as many
    private static final int MAX_BLOCKS = 1024;

    private final Launch launch; // null where there is nothing to do

    /**
     * @param y the layer's output, or {@code null} where there is no activation
     * @param columns of y and dy as matrices
     * @param dBias or {@code null} where the parameters are frozen
     */
    BiasGradient(CudaContext context, Activation activation, Tensor y, CudaTensor dy, int columns, Tensor dBias) {
        int relu = activation == Activation.RELU ? 1 : 0;
        launch = dBias == null && relu == 0 ? null : launch(context, relu, y, dy, columns, dBias);
    }

    private static Launch launch(CudaContext context, int relu, Tensor y, CudaTensor dy, int columns, Tensor dBias) {
        MatrixGrid grid = grid(dy, columns);
        Reduction sums = new Reduction(context, "bias gradient of " + dy, (long) grid.down() * columns, grid.across());
        Kernel kernel = context.kernels().kernel("bias_activation_backward_" + dy.type().suffix);
        return new Launch(context, kernel, grid.down(), grid.across(), Launch.THREADS, 0)
                .pointer(0, CudaTensor.addressOf(y))
                .pointer(1, dy.address())
                .pointer(2, CudaTensor.addressOf(dBias))
                .pointer(3, sums.partials())
                .pointer(4, sums.counter())
                .i64(5, grid.rows())
                .i32(6, columns)
                .i32(7, relu);
    }

    static MatrixGrid grid(CudaTensor dy, int columns) {
        return MatrixGrid.of(dy, columns, Math.max(MIN_BLOCKS, Math.min(MAX_BLOCKS, MAX_PARTIALS / columns)));
    }

    void run() {
        if (launch != null) launch.run();
    }
}
