package dev.duet.backend.cpu;

import dev.duet.DuetException;
import dev.duet.backend.Op;
import dev.duet.backend.ShapeMismatch;
import dev.duet.backend.StepScalars;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** Ops of one kernel call: gather, noise and cross-entropy. */
final class SmallOps {
    private SmallOps() {}

    static Op gather(CpuImages images, CpuIndices indices, int firstRow, Tensor x) {
        int rows = x.shape().get(0);
        ShapeMismatch.check("gather", x, images.shape().withOuter(rows));
        indices.checkRows(firstRow, rows);
        long target = CpuTensor.floatsOf(x);
        int size = x.shape().size() / rows;
        int count = images.shape().get(0);
        return () -> {
            indices.checkValues(firstRow, rows, count, "image");
            CpuKernels.gather(images.address(), indices.address(firstRow), target, rows, size);
        };
    }

    static Op normal(StepScalars scalars, int firstRow, Tensor eps) {
        long first = (long) firstRow * eps.shape().get(1);
        int count = eps.shape().size();
        long target = CpuTensor.floatsOf(eps);
        return () -> CpuKernels.normal(scalars.seed, scalars.step, first, count, target);
    }

    static Op crossEntropy(Variable logits, CpuIndices labels, int firstRow, Tensor terms) {
        int rows = logits.shape().get(0);
        int classes = logits.shape().get(1);
        ShapeMismatch.check("cross-entropy", logits.value(), Shape.of(rows, classes));
        labels.checkRows(firstRow, rows);
        if (terms.shape().size() < 1) throw new DuetException("cross-entropy: expected room for one term, got none");
        long input = CpuTensor.floatsOf(logits.value());
        long gradient = CpuTensor.floatsOf(logits.grad());
        long term = CpuTensor.floatsOf(terms);
        return () -> {
            labels.checkValues(firstRow, rows, classes, "class");
            CpuKernels.crossEntropy(input, labels.address(firstRow), gradient, term, rows, classes);
        };
    }
}
