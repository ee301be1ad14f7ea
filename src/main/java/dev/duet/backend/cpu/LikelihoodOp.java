package dev.duet.backend.cpu;

import dev.duet.DuetException;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ShapeMismatch;
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
        check(shape, blocks, target, mean, terms, firstTerm);
        rows = shape.get(0) / blocks;
        imageSize = shape.size() / shape.get(0);
        logitsTensor = logits.value();
        trained = logits.grad() != null && target != null;
        this.weights = plans.address(weights);
        this.logits = CpuTensor.addressOf(logits.value());
        this.target = CpuTensor.addressOf(target);
        this.mean = CpuTensor.addressOf(mean);
        dLogits = CpuTensor.addressOf(logits.grad());
        this.terms = termAddress(terms, firstTerm);
    }

    /** Number in {@code kernels/math/likelihood.h}. */
    static int code(LikelihoodSpec.Kind kind) {
        return switch (kind) {
            case BERNOULLI -> 0;
            case GAUSSIAN -> 1;
            case LAPLACE -> 2;
        };
    }

    /** Whether the arguments of {@link dev.duet.backend.Backend#likelihood} fit together; the kernels rely on it. */
    static void check(Shape logits, int blocks, Tensor target, Tensor mean, Tensor terms, int firstTerm) {
        String where = "likelihood of " + blocks + " blocks of logits " + logits;
        if (blocks < 1 || logits.get(0) < blocks || logits.get(0) % blocks != 0) {
            throw new DuetException(
                    where + ": expected at least one block, of equally many rows each; give one weight" + " per block");
        }
        if (target == null && mean == null) {
            throw new DuetException(where + ": expected a target, or a mean to compute, got neither");
        }
        if (target != null) checkTerms(where, blocks, terms, firstTerm);
        if (target != null) ShapeMismatch.check(where, target, logits.withOuter(logits.get(0) / blocks));
        if (mean != null) ShapeMismatch.check(where, mean, logits);
    }

    private static void checkTerms(String where, int blocks, Tensor terms, int firstTerm) {
        if (terms == null) throw new DuetException(where + ": expected terms beside the target, got none");
        if (firstTerm < 0 || firstTerm > terms.shape().size() - blocks) {
            throw new DuetException(where + ": expected room for " + blocks + " terms from " + firstTerm + " on in '"
                    + terms.name() + "', got " + terms.shape());
        }
    }

    /** Address of {@code terms[firstTerm]}. */
    static long termAddress(Tensor terms, int firstTerm) {
        return terms == null ? 0 : CpuTensor.addressOf(terms) + (long) firstTerm * Float.BYTES;
    }

    @Override
    public void forward() {
        CpuKernels.likelihood(
                code(spec.kind()),
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
