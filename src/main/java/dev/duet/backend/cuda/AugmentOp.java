package dev.duet.backend.cuda;

import dev.duet.backend.AugmentPlan;
import dev.duet.backend.AugmentSpec;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** Random changes of images; the kernel finds its numbers in an {@link AugmentPlan}. */
final class AugmentOp extends CudaOp {
    private static final int MAX_BLOCKS = 2048;

    /** Values that a thread makes at a time: one Philox block's worth of noise. */
    private static final int AT_ONCE = 4;

    private final Launch forward;
    private final Launch backward; // null without both gradients
    private final boolean wanted; // whether x has a gradient

    AugmentOp(CudaContext context, AugmentSpec spec, int site, int firstRow, Variable x, Variable y) {
        super(context, "augmentation of " + CudaTensor.of(x.value()));
        AugmentPlan.check(site, firstRow, x, y);
        Shape shape = x.shape();
        long[] words = AugmentPlan.words(spec, site, firstRow, shape);
        long plan = context.copies().place(context.memory(), "plan of the augmentation", words);
        forward = launch(context, "augment", plan, shape, AT_ONCE, x.value(), y.value());
        wanted = x.grad() != null;
        backward = wanted && y.grad() != null
                ? launch(context, "augment_backward", plan, shape, 1, y.grad(), x.grad())
                : null;
    }

    /** @param atOnce values that a thread takes at a time */
    private static Launch launch(
            CudaContext context, String kernel, long plan, Shape shape, int atOnce, Tensor from, Tensor to) {
        int images = shape.get(0);
        int gridY = Math.min(images, MAX_BLOCKS);
        int gridX = Launch.blocks(shape.size() / images / atOnce + 1, Math.max(1, MAX_BLOCKS / gridY));
        CudaTensor source = CudaTensor.of(from);
        CudaTensor target = CudaTensor.of(to);
        return new Launch(context, context.kernels().kernel(kernel), gridX, gridY, Launch.THREADS, 0)
                .pointer(0, plan)
                .pointer(1, context.step().address())
                .pointer(2, source.address())
                .pointer(3, target.address())
                .i32(4, source.type() == CudaTensor.Type.BF16 ? 1 : 0)
                .i32(5, target.type() == CudaTensor.Type.BF16 ? 1 : 0);
    }

    @Override
    void runForward() {
        context.step().refresh();
        forward.run();
    }

    @Override
    void runBackward() {
        if (!wanted) return;
        requireTrained(backward != null);
        context.step().refresh();
        backward.run();
    }
}
