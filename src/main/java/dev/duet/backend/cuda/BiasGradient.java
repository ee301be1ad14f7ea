package dev.duet.backend.cuda;

import dev.duet.backend.Activation;
import dev.duet.tensor.Tensor;

/**
 * The start of a layer's backward, one launch: the gradient of its output is zeroed, in place, where its ReLU was, and summed over
 * the rows to its bias's gradient.
 */
final class BiasGradient {
    /** The last block adds up all others' sums. */
    private static final int MAX_BLOCKS = 128;

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
        MatrixGrid grid = MatrixGrid.of(dy, columns, MAX_BLOCKS);
        Reduction sums = new Reduction(context, "bias gradient of " + dy, (long) grid.down() * columns);
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

    void run() {
        if (launch != null) launch.run();
    }
}
