package dev.duet.backend.cpu;

import dev.duet.backend.LikelihoodArguments;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Op;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** A likelihood of logits that lie in memory; see {@link OutputOp} for the fused one. */
final class LikelihoodOp implements Op {
    private final LikelihoodSpec spec;
    private final int blocks;
    private final int rows;
    private final int imageSize;
    private final long weights;
    private final long logits;
    private final long target;
    private final long mean;
    private final long dLogits;
    private final long terms;
    private final Tensor logitsTensor;
    private final boolean trained;

    LikelihoodOp(
            Plans plans,
            LikelihoodSpec spec,
            double[] weights,
            Variable logits,
            Tensor target,
            Tensor mean,
            Tensor terms,
            int firstTerm) {
        this.spec = spec;
        Shape shape = logits.shape();
        blocks = weights.length;
        LikelihoodArguments.check(shape, blocks, target, mean, terms, firstTerm);
        rows = shape.get(0) / blocks;
        imageSize = shape.size() / shape.get(0);
        logitsTensor = logits.value();
        trained = logits.grad() != null && target != null;
        this.weights = plans.address(weights);
        this.logits = CpuTensor.floatsOf(logits.value());
        this.target = CpuTensor.floatsOf(target);
        this.mean = CpuTensor.floatsOf(mean);
        dLogits = CpuTensor.floatsOf(logits.grad());
        this.terms = termAddress(terms, firstTerm);
    }

    /** Address of {@code terms[firstTerm]}. */
    static long termAddress(Tensor terms, int firstTerm) {
        return terms == null ? 0 : CpuTensor.floatsOf(terms) + (long) firstTerm * Float.BYTES;
    }

    @Override
    public void forward() {
        CpuKernels.likelihood(
                LikelihoodArguments.code(spec.kind()),
                spec.scale(),
                weights,
                logits,
                target,
                mean,
                dLogits,
                terms,
                blocks,
                rows,
                imageSize);
    }

    /** Forward has left dLogits already. */
    @Override
    public void backward() {
        NoGradient.check(trained, "likelihood", logitsTensor);
    }
}
