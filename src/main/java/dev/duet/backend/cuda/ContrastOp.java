package dev.duet.backend.cuda;

import dev.duet.backend.ContrastSpec;
import dev.duet.backend.Rows;
import dev.duet.backend.RowsArguments;
import dev.duet.tensor.Tensor;

/** InfoNCE between paired rows: one kernel each way, a warp per row and side. */
final class ContrastOp extends CudaOp {
    private static final int MAX_BLOCKS = 512;

    private final Launch forward;
    private final Launch backward;
    private final boolean trained;

    ContrastOp(CudaContext context, ContrastSpec spec, Rows a, Rows b, int columns, Tensor terms, int term) {
        super(context, "contrast of " + a + " with " + b);
        RowsArguments.checkContrast(a, b, columns, terms, term);
        trained = a.of().grad() != null || b.of().grad() != null;
        int grid = Launch.blocks(2L * a.count() * Launch.WARP, MAX_BLOCKS);
        float inverseTemperature = (float) (1 / spec.temperature());
        Reduction sums = new Reduction(context, "contrast", grid);
        long logSums = context.memory().allocate("sums of the contrast", 2L * a.count() * Float.BYTES);
        forward = new Launch(context, context.kernels().kernel("contrast_forward"), grid, Launch.THREADS)
                .pointer(0, RowsPointer.of(a.of().value(), a))
                .pointer(1, RowsPointer.of(b.of().value(), b))
                .pointer(2, logSums)
                .pointer(3, LikelihoodOp.termAddress(terms, term))
                .pointer(4, sums.partials())
                .pointer(5, sums.counter())
                .i32(6, a.columns())
                .i32(7, b.columns())
                .i32(8, a.count())
                .i32(9, columns)
                .i32(10, Math.min(spec.group(), a.count()))
                .f32(11, inverseTemperature);
        backward = new Launch(context, context.kernels().kernel("contrast_backward"), grid, Launch.THREADS)
                .pointer(0, RowsPointer.of(a.of().value(), a))
                .pointer(1, RowsPointer.of(b.of().value(), b))
                .pointer(2, RowsPointer.of(a.of().grad(), a))
                .pointer(3, RowsPointer.of(b.of().grad(), b))
                .pointer(4, logSums)
                .i32(5, a.columns())
                .i32(6, b.columns())
                .i32(7, a.count())
                .i32(8, columns)
                .i32(9, Math.min(spec.group(), a.count()))
                .f32(10, inverseTemperature)
                .f32(11, (float) (spec.weight() / spec.temperature()));
    }

    @Override
    void runForward() {
        forward.run();
    }

    @Override
    void runBackward() {
        requireTrained(trained);
        backward.run();
    }
}
