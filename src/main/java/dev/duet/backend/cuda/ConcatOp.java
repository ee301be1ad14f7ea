package dev.duet.backend.cuda;

import dev.duet.backend.JoinShapes;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;

/** Columns side by side: a launch for each part. */
final class ConcatOp extends CudaOp {
    private static final int MAX_BLOCKS = 256;

    private final List<Launch> forward = new ArrayList<>();
    private final List<Launch> backward = new ArrayList<>();
    private final boolean trained;

    ConcatOp(CudaContext context, List<Variable> parts, Variable y) {
        super(context, "concatenation to " + CudaTensor.of(y.value()));
        JoinShapes.checkConcat(parts, y);
        trained = y.grad() != null;
        int width = y.shape().get(1);
        long values = CudaTensor.float32(y.value()).address();
        long gradients = trained ? CudaTensor.float32(y.grad()).address() : 0;
        int first = 0;
        for (Variable part : parts) {
            int columns = part.shape().get(1);
            long offset = (long) first * Float.BYTES;
            long from = CudaTensor.float32(part.value()).address();
            forward.add(copy(y, columns, from, columns, values + offset, width));
            if (trained && part.grad() != null) {
                long to = CudaTensor.float32(part.grad()).address();
                backward.add(copy(y, columns, gradients + offset, width, to, columns));
            }
            first += columns;
        }
    }

    private Launch copy(Variable y, int columns, long from, int fromColumns, long to, int toColumns) {
        int rows = y.shape().get(0);
        int blocks = Launch.blocks((long) rows * columns, MAX_BLOCKS);
        return new Launch(context, context.kernels().kernel("copy_columns"), blocks, Launch.THREADS)
                .pointer(0, from)
                .i32(1, fromColumns)
                .pointer(2, to)
                .i32(3, toColumns)
                .i32(4, rows)
                .i32(5, columns);
    }

    @Override
    void runForward() {
        for (int i = 0; i < forward.size(); i++) forward.get(i).run();
    }

    @Override
    void runBackward() {
        requireTrained(trained);
        for (int i = 0; i < backward.size(); i++) backward.get(i).run();
    }
}
