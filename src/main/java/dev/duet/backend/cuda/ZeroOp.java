package dev.duet.backend.cuda;

import dev.duet.tensor.Tensor;

/** Zeros, for what other ops add to. */
final class ZeroOp extends CudaOp {
    private static final int MAX_BLOCKS = 1024;

    private final Launch launch;

    ZeroOp(CudaContext context, Tensor tensor) {
        super(context, "zeros of " + CudaTensor.of(tensor));
        CudaTensor cuda = CudaTensor.of(tensor);
        launch = new Launch(
                        context,
                        context.kernels().kernel("zero"),
                        Launch.blocks(cuda.bytes() / 16 + 1, MAX_BLOCKS),
                        Launch.THREADS)
                .pointer(0, cuda.address())
                .i64(1, cuda.bytes());
    }

    @Override
    void runForward() {
        launch.run();
    }
}
