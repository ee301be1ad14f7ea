package dev.duet.backend.cuda;

import dev.duet.tensor.Tensor;

/** Standard normals of the step. */
final class NormalOp extends CudaOp {
    private final Launch launch;

    NormalOp(CudaContext context, int firstRow, Tensor eps) {
        super(context, "noise " + CudaTensor.of(eps));
        long count = eps.shape().size();
        launch = new Launch(
                        context, context.kernels().kernel("normal"), Launch.blocks(count / 4 + 1, 1024), Launch.THREADS)
                .pointer(0, context.step().address())
                .pointer(1, CudaTensor.float32(eps).address())
                .i64(2, (long) firstRow * eps.shape().get(1))
                .i64(3, count);
    }

    @Override
    void runForward() {
        context.step().refresh();
        launch.run();
    }
}
