package dev.duet.backend.cpu;

import dev.duet.backend.Op;
import dev.duet.backend.Rows;
import dev.duet.backend.RowsArguments;
import dev.duet.tensor.Tensor;

/** Sum of 1 − cosine between rows and constant targets. */
final class CosineOp implements Op {
    private final float weight;
    private final Rows a;
    private final Rows target;
    private final int columns;
    private final long values;
    private final long targets;
    private final long gradient;
    private final long term;

    CosineOp(double weight, Rows a, Rows target, int columns, Tensor terms, int term) {
        RowsArguments.checkCosine(a, target, columns, terms, term);
        this.weight = (float) weight;
        this.a = a;
        this.target = target;
        this.columns = columns;
        values = ContrastOp.address(a.of().value(), a);
        targets = ContrastOp.address(target.of().value(), target);
        gradient = ContrastOp.address(a.of().grad(), a);
        this.term = LikelihoodOp.termAddress(terms, term);
    }

    @Override
    public void forward() {
        CpuKernels.cosine(values, targets, a.columns(), target.columns(), a.count(), columns, term);
    }

    @Override
    public void backward() {
        NoGradient.check(gradient != 0, "cosine", a.of().value());
        CpuKernels.cosineBackward(values, targets, gradient, a.columns(), target.columns(), a.count(), columns, weight);
    }
}
