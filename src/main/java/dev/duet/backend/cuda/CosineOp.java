package dev.duet.backend.cuda;

import dev.duet.backend.Rows;
import dev.duet.backend.RowsArguments;
import dev.duet.tensor.Tensor;

/** Sum of 1 − cosine between rows and constant targets: one kernel each way, a warp per row. */
final class CosineOp extends CudaOp {
    private static final int MAX_BLOCKS = 512;

    private final Launch forward;
    private final Launch backward; // null without a gradient

    CosineOp(CudaContext context, double weight, Rows a, Rows target, int columns, Tensor terms, int term) {
        super(context, "cosine of " + a + " with " + target);
        RowsArguments.checkCosine(a, target, columns, terms, term);
        int grid = Launch.blocks((long) a.count() * Launch.WARP, MAX_BLOCKS);
        Reduction sums = new Reduction(context, "cosine", grid);
        forward = new Launch(context, context.kernels().kernel("cosine_forward"), grid, Launch.THREADS)
                .pointer(0, RowsPointer.of(a.of().value(), a))
                .pointer(1, RowsPointer.of(target.of().value(), target))
                .pointer(2, LikelihoodOp.termAddress(terms, term))
                .pointer(3, sums.partials())
                .pointer(4, sums.counter())
                .i32(5, a.columns())
                .i32(6, target.columns())
                .i32(7, a.count())
                .i32(8, columns);
        backward = a.of().grad() == null
                ? null
                : new Launch(context, context.kernels().kernel("cosine_backward"), grid, Launch.THREADS)
                        .pointer(0, RowsPointer.of(a.of().value(), a))
                        .pointer(1, RowsPointer.of(target.of().value(), target))
                        .pointer(2, RowsPointer.of(a.of().grad(), a))
                        .i32(3, a.columns())
                        .i32(4, target.columns())
                        .i32(5, a.count())
                        .i32(6, columns)
                        .f32(7, (float) weight);
    }

    @Override
    void runForward() {
        forward.run();
    }

    @Override
    void runBackward() {
        requireTrained(backward != null);
        backward.run();
    }
}
