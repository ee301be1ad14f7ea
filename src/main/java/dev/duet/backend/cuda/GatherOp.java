package dev.duet.backend.cuda;

import dev.duet.backend.ShapeMismatch;
import dev.duet.tensor.Tensor;

/** Images of a batch, from bytes to numbers from 0 to 1. */
final class GatherOp extends CudaOp {
    private final Launch launch;
    private final Runnable check;

    GatherOp(CudaContext context, CudaImages images, CudaIndices indices, int firstRow, Tensor x) {
        super(context, "gather of " + CudaTensor.of(x));
        int rows = x.shape().get(0);
        ShapeMismatch.check("gather", x, images.shape().withOuter(rows));
        indices.checkRows(firstRow, rows);
        int count = images.shape().get(0);
        check = () -> indices.checkValues(firstRow, rows, count, "image");
        Kernel kernel = context.kernels().kernel("gather_f32");
        int grid = Launch.blocks(x.shape().size() / 4, 1024);
        launch = new Launch(context, kernel, grid, Launch.THREADS)
                .pointer(0, images.address())
                .pointer(1, indices.address(firstRow))
                .pointer(2, CudaTensor.float32(x).address())
                .i32(3, rows)
                .i32(4, x.shape().size() / rows);
    }

    @Override
    void runForward() {
        context.onHost(check);
        launch.run();
    }
}
