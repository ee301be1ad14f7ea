package dev.duet.backend;

import dev.duet.DuetException;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;

/** What the likelihood kernels of CPU and GPU expect of their arguments. */
public final class LikelihoodArguments {
    private LikelihoodArguments() {}

    /** Number in {@code kernels/math/likelihood.h}. */
    public static int code(LikelihoodSpec.Kind kind) {
        return switch (kind) {
            case BERNOULLI -> 0;
            case GAUSSIAN -> 1;
            case LAPLACE -> 2;
        };
    }

    /** Whether the arguments of {@link Backend#likelihood} fit together; the kernels rely on it. */
    public static void check(Shape logits, int blocks, Tensor target, Tensor mean, Tensor terms, int firstTerm) {
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
}
