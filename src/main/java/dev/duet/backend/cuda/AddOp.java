package dev.duet.backend.cuda;

import dev.duet.backend.Activation;
import dev.duet.backend.JoinShapes;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** A sum with its activation: one launch each way; a cast more for each summand that is of another type than the sum. */
final class AddOp extends CudaOp {
    private static final int MAX_BLOCKS = 1024;

    private final Operand first;
    private final Operand second;
    private final Operand dFirst; // null where it is not wanted
    private final Operand dSecond; // likewise
    private final boolean trained;
    private final Launch forward;
    private final Launch backward; // null where neither gradient is wanted

    AddOp(CudaContext context, Variable a, Variable b, Activation activation, Variable y) {
        super(context, "sum " + CudaTensor.of(y.value()));
        JoinShapes.checkAdd(a, b, y);
        CudaTensor sum = CudaTensor.of(y.value());
        first = Operand.read(context, CudaTensor.of(a.value()), sum.type());
        second = Operand.read(context, CudaTensor.of(b.value()), sum.type());
        trained = y.grad() != null;
        dFirst = written(a.grad(), sum);
        dSecond = written(b.grad(), sum);
        boolean relu = activation == Activation.RELU;
        forward = launch(context, sum, first.address(), second.address(), sum.address(), relu);
        backward = dFirst == null && dSecond == null
                ? null
                : backward(
                        context,
                        sum,
                        relu ? sum.address() : 0,
                        CudaTensor.addressOf(y.grad()),
                        address(dFirst),
                        address(dSecond));
    }

    private Operand written(Tensor gradient, CudaTensor sum) {
        return trained && gradient != null ? Operand.written(context, CudaTensor.of(gradient), sum.type()) : null;
    }

    private static long address(Operand operand) {
        return operand == null ? 0 : operand.address();
    }

    /** y = a + b of tensors like {@code like}. */
    static Launch launch(CudaContext context, CudaTensor like, long a, long b, long y, boolean relu) {
        return new Launch(context, context.kernels().kernel("add_" + like.type().suffix), blocks(like), Launch.THREADS)
                .pointer(0, a)
                .pointer(1, b)
                .pointer(2, y)
                .i64(3, like.shape().size())
                .i32(4, relu ? 1 : 0);
    }

    /** da = db = dy where y, if there is one, is positive; either may be 0. */
    static Launch backward(CudaContext context, CudaTensor like, long y, long dy, long da, long db) {
        Kernel kernel = context.kernels().kernel("add_backward_" + like.type().suffix);
        return new Launch(context, kernel, blocks(like), Launch.THREADS)
                .pointer(0, y)
                .pointer(1, dy)
                .pointer(2, da)
                .pointer(3, db)
                .i64(4, like.shape().size());
    }

    private static int blocks(CudaTensor like) {
        return Launch.blocks(like.bytes() / 16 + 1, MAX_BLOCKS);
    }

    @Override
    void runForward() {
        first.cast();
        second.cast();
        forward.run();
    }

    @Override
    void runBackward() {
        requireTrained(trained);
        if (backward == null) return;
        backward.run();
        if (dFirst != null) dFirst.cast();
        if (dSecond != null) dSecond.cast();
    }
}
