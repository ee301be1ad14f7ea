package dev.duet.backend.cpu;

import dev.duet.backend.ContrastSpec;
import dev.duet.backend.Op;
import dev.duet.backend.Rows;
import dev.duet.backend.RowsArguments;
import dev.duet.tensor.Tensor;

/** InfoNCE between paired rows; see {@code ContrastPlan} of native/plans.h. */
final class ContrastOp implements Op {
    private final long plan;
    private final long term;
    private final long scratch;
    private final Tensor first;
    private final boolean trained;

    ContrastOp(Plans plans, ContrastSpec spec, Rows a, Rows b, int columns, Tensor terms, int term) {
        RowsArguments.checkContrast(a, b, columns, terms, term);
        int group = Math.min(spec.group(), a.count());
        first = a.of().value();
        trained = a.of().grad() != null || b.of().grad() != null;
        this.term = LikelihoodOp.termAddress(terms, term);
        plan = plans.address(new long[] {
            address(a.of().value(), a),
            address(b.of().value(), b),
            address(a.of().grad(), a),
            address(b.of().grad(), b),
            a.columns(),
            b.columns(),
            a.count(),
            columns,
            group,
            Double.doubleToRawLongBits(1 / spec.temperature()),
            Double.doubleToRawLongBits(spec.weight())
        });
        scratch = plans.scratch(scratchFloats(a.count(), columns, group));
    }

    /** Of all groups of native/alignment.cpp. */
    private static long scratchFloats(long rows, long columns, long group) {
        long width = (columns + 15) / 16 * 16;
        long groups = (rows + group - 1) / group;
        return rows * (3 * width + 5 + group) + groups * width;
    }

    /** Of the first of {@code rows} in {@code tensor}; 0 for {@code null}. */
    static long address(Tensor tensor, Rows rows) {
        return tensor == null ? 0 : CpuTensor.floatsOf(tensor) + (long) rows.offset() * Float.BYTES;
    }

    @Override
    public void forward() {
        CpuKernels.contrast(plan, term, scratch);
    }

    @Override
    public void backward() {
        NoGradient.check(trained, "contrast", first);
        CpuKernels.contrastBackward(plan, scratch);
    }
}
