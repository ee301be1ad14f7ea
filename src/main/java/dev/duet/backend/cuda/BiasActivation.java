package dev.duet.backend.cuda;

import dev.duet.backend.Activation;
import dev.duet.tensor.Tensor;

/** What follows a layer's product, one launch: y = activation(y + bias), in place. */
final class BiasActivation {
    private static final int MAX_BLOCKS = 1024;

    private final Launch launch;

    BiasActivation(CudaContext context, Activation activation, Tensor bias, CudaTensor y) {
        int columns = bias.shape().size();
        MatrixGrid grid = MatrixGrid.of(y, columns, MAX_BLOCKS);
        Kernel kernel = context.kernels().kernel("bias_activation_" + y.type().suffix);
        launch = new Launch(context, kernel, grid.down(), grid.across(), Launch.THREADS, 0)
                .pointer(0, y.address())
                .pointer(1, CudaTensor.addressOf(bias))
                .i64(2, grid.rows())
                .i32(3, columns)
                .i32(4, activation == Activation.RELU ? 1 : 0);
    }

    void run() {
        launch.run();
    }
}
