package dev.duet.backend.cuda;

import dev.duet.DuetException;
import dev.duet.backend.ShapeMismatch;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** Loss of a classifier, with its gradient. */
final class CrossEntropyOp extends CudaOp {
    /** Rows are few: small blocks spread them. */
    private static final int THREADS = 32;

    private static final int MAX_BLOCKS = 256;

    private final Launch launch;
    private final Runnable check;

    CrossEntropyOp(CudaContext context, Variable logits, CudaIndices labels, int firstRow, Tensor terms) {
        super(context, "cross-entropy of " + CudaTensor.of(logits.value()));
        int rows = logits.shape().get(0);
        int classes = logits.shape().get(1);
        ShapeMismatch.check("cross-entropy", logits.value(), Shape.of(rows, classes));
        labels.checkRows(firstRow, rows);
        if (terms.shape().size() < 1) throw new DuetException("cross-entropy: expected room for one term, got none");
        check = () -> labels.checkValues(firstRow, rows, classes, "class");
        int grid = Math.min(MAX_BLOCKS, (rows + THREADS - 1) / THREADS);
        Reduction sums = new Reduction(context, "cross-entropy", grid);
        launch = new Launch(context, context.kernels().kernel("cross_entropy"), grid, THREADS)
                .pointer(0, CudaTensor.float32(logits.value()).address())
                .pointer(1, labels.address(firstRow))
                .pointer(2, CudaTensor.addressOf(logits.grad()))
                .pointer(3, CudaTensor.float32(terms).address())
                .pointer(4, sums.partials())
                .pointer(5, sums.counter())
                .i32(6, rows)
                .i32(7, classes);
    }

    @Override
    void runForward() {
        context.onHost(check);
        launch.run();
    }
}
