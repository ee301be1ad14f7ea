package dev.duet.backend.cuda;

import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;

/** Max-pooling: one launch each way; a cast more where x is of another type than y. */
final class PoolOp extends CudaOp {
    private static final int MAX_BLOCKS = 1024;

    private final Operand input;
    private final Operand dInput; // null where x needs none
    private final boolean trained;
    private final Launch forward;
    private final Launch backward; // null where x needs no gradient

    PoolOp(CudaContext context, String name, LayerSpec.MaxPool spec, Variable x, Variable y) {
        super(context, name);
        CudaTensor output = CudaTensor.of(y.value());
        input = Operand.read(context, CudaTensor.of(x.value()), output.type());
        trained = y.grad() != null;
        dInput = trained && x.grad() != null ? Operand.written(context, CudaTensor.of(x.grad()), output.type()) : null;
        Kernel kernel = context.kernels().kernel("pool_" + output.type().suffix);
        forward = new Launch(context, kernel, blocks(output), Launch.THREADS)
                .pointer(0, input.address())
                .pointer(1, output.address());
        shape(forward, 2, x.shape(), spec);
        backward = dInput == null ? null : backward(context, spec, x, output, y);
    }

    private Launch backward(CudaContext context, LayerSpec.MaxPool spec, Variable x, CudaTensor output, Variable y) {
        Kernel kernel = context.kernels().kernel("pool_backward_" + output.type().suffix);
        Launch launch = new Launch(context, kernel, blocks(output), Launch.THREADS)
                .pointer(0, input.address())
                .pointer(1, CudaTensor.addressOf(y.grad()))
                .pointer(2, dInput.address());
        shape(launch, 3, x.shape(), spec);
        return launch;
    }

    private static int blocks(CudaTensor output) {
        return Launch.blocks(output.bytes() / 16 + 1, MAX_BLOCKS);
    }

    /** @param x (B, C, H, W) */
    private static void shape(Launch launch, int first, Shape x, LayerSpec.MaxPool spec) {
        launch.i32(first, x.get(0))
                .i32(first + 1, x.get(2))
                .i32(first + 2, x.get(3))
                .i32(first + 3, x.get(1))
                .i32(first + 4, spec.size());
    }

    @Override
    void runForward() {
        input.cast();
        forward.run();
    }

    @Override
    void runBackward() {
        requireTrained(trained);
        if (backward == null) return;
        backward.run();
        dInput.cast();
    }
}
