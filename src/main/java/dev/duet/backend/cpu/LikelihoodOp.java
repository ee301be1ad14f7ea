package dev.duet.backend.cpu;

import dev.duet.backend.Judgement;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Op;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** A likelihood of logits that lie in memory; see {@link OutputOp} for the fused one. */
final class LikelihoodOp implements Op {
    private final LikelihoodSpec spec;
    private final int blocks;
    private final int rows; // of a block
    private final int meanRows;
    private final boolean meansOfJudged;
    private final int imageSize;
    private final long weights;
    private final long logits;
    private final long meanLogits; // of the rows that give means
    private final long target;
    private final long mean;
    private final long dMean;
    private final long dLogits;
    private final long terms;
    private final Tensor logitsTensor;
    private final boolean trained;

    LikelihoodOp(Plans plans, Judgement judgement, Variable logits) {
        Shape shape = logits.shape();
        judgement.check(shape, logits.grad() != null);
        spec = judgement.likelihood();
        blocks = judgement.weights().length;
        rows = judgement.judgedRows() / Math.max(1, blocks);
        meanRows = judgement.meanRows();
        meansOfJudged = judgement.meansOfJudged(shape.get(0));
        imageSize = shape.size() / shape.get(0);
        logitsTensor = logits.value();
        trained = logits.grad() != null && judgement.target() != null;
        weights = plans.address(judgement.weights());
        this.logits = CpuTensor.floatsOf(logits.value());
        meanLogits = this.logits + (long) (shape.get(0) - meanRows) * imageSize * Float.BYTES;
        target = CpuTensor.floatsOf(judgement.target());
        mean = meanRows == 0 ? 0 : CpuTensor.floatsOf(judgement.mean().value());
        dMean = CpuTensor.floatsOf(judgement.dMean());
        dLogits = CpuTensor.floatsOf(logits.grad());
        terms = termAddress(judgement.terms(), judgement.firstTerm());
    }

    /** Address of {@code terms[firstTerm]}. */
    static long termAddress(Tensor terms, int firstTerm) {
        return terms == null ? 0 : CpuTensor.floatsOf(terms) + (long) firstTerm * Float.BYTES;
    }

    @Override
    public void forward() {
        if (target != 0) judge(logits, target, meansOfJudged ? mean : 0, dLogits, blocks, rows);
        if (mean != 0 && !meansOfJudged) judge(meanLogits, 0, mean, 0, 1, meanRows);
    }

    private void judge(long source, long target, long mean, long dLogits, int blocks, int rows) {
        CpuKernels.likelihood(
                spec.kind().code(),
                spec.scale(),
                weights,
                source,
                target,
                mean,
                dLogits,
                terms,
                blocks,
                rows,
                imageSize);
    }

    /** Forward has left dLogits of the judged rows already. */
    @Override
    public void backward() {
        NoGradient.check(trained, "likelihood", logitsTensor);
        if (dMean == 0) return;
        long behindJudged = dLogits + (long) blocks * rows * imageSize * Float.BYTES;
        CpuKernels.meanGradient(mean, dMean, behindJudged, 0, meanRows, imageSize, 0);
    }
}
