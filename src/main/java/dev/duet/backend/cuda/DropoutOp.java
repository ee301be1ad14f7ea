package dev.duet.backend.cuda;

import dev.duet.backend.JoinShapes;
import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;

/** Dropout: one launch each way, backward with the mask made anew; a cast more where x is of another type than y. */
final class DropoutOp extends CudaOp {
    /** Pixels of a channel that a thread takes. */
    private static final int PIXELS = 4;

    private static final int MAX_BLOCKS = 1024;

    private final Operand input;
    private final Operand dInput; // null where x needs none
    private final boolean trained;
    private final Launch forward;
    private final Launch backward; // null where x needs no gradient

    DropoutOp(CudaContext context, LayerSpec.Dropout spec, int firstRow, Variable x, Variable y) {
        super(context, "dropout to " + CudaTensor.of(y.value()));
        JoinShapes.checkDropout(firstRow, x, y);
        CudaTensor output = CudaTensor.of(y.value());
        input = Operand.read(context, CudaTensor.of(x.value()), output.type());
        trained = y.grad() != null;
        dInput = trained && x.grad() != null ? Operand.written(context, CudaTensor.of(x.grad()), output.type()) : null;
        forward = launch(spec, firstRow, output, input.address(), output.address());
        backward = dInput == null
                ? null
                : launch(spec, firstRow, output, CudaTensor.addressOf(y.grad()), dInput.address());
    }

    private Launch launch(LayerSpec.Dropout spec, int firstRow, CudaTensor like, long from, long to) {
        Shape shape = like.shape();
        int channels = shape.get(1);
        int area = shape.rank() == 4 ? shape.get(2) * shape.get(3) : 1;
        long threads = (long) shape.get(0) * channels * ((area + PIXELS - 1) / PIXELS);
        Kernel kernel = context.kernels().kernel("dropout_" + like.type().suffix);
        return new Launch(context, kernel, Launch.blocks(threads, MAX_BLOCKS), Launch.THREADS)
                .pointer(0, context.step().address())
                .pointer(1, from)
                .pointer(2, to)
                .i64(3, spec.firstDraw() + (long) firstRow * channels * (spec.channels() ? 1 : area))
                .i64(4, spec.threshold())
                .f32(5, (float) (1 / (1 - spec.rate())))
                .i32(6, spec.channels() ? 1 : 0)
                .i32(7, shape.get(0))
                .i32(8, area)
                .i32(9, channels);
    }

    @Override
    void runForward() {
        context.step().refresh();
        input.cast();
        forward.run();
    }

    @Override
    void runBackward() {
        requireTrained(trained);
        if (backward == null) return;
        context.step().refresh();
        backward.run();
        dInput.cast();
    }
}
