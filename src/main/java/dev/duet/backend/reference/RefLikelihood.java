package dev.duet.backend.reference;

import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Op;
import dev.duet.backend.ShapeMismatch;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** See {@link dev.duet.backend.Backend#likelihood}. */
final class RefLikelihood implements Op {
    private final LikelihoodSpec spec;
    private final double[] weights; // (n)
    private final RefTensor logits; // (n·B, C, H, W)
    private final RefTensor dLogits;
    private final RefTensor target; // (B, C, H, W) or null
    private final RefTensor mean; // (n·B, C, H, W) or null
    private final RefTensor terms;
    private final int firstTerm;

    RefLikelihood(
            LikelihoodSpec spec,
            double[] weights,
            Variable logits,
            Tensor target,
            Tensor mean,
            Tensor terms,
            int firstTerm) {
        this.spec = spec;
        this.weights = weights.clone();
        this.logits = RefTensor.of(logits.value());
        this.dLogits = RefTensor.orNull(logits.grad());
        this.target = RefTensor.orNull(target);
        this.mean = RefTensor.orNull(mean);
        this.terms = RefTensor.orNull(terms);
        this.firstTerm = firstTerm;
        Shape shape = logits.shape();
        if (target != null)
            ShapeMismatch.check("likelihood target", target, shape.withOuter(shape.get(0) / weights.length));
        if (mean != null) ShapeMismatch.check("likelihood mean", mean, shape);
    }

    @Override
    public void forward() {
        int total = logits.shape().size();
        if (mean != null) for (int i = 0; i < total; i++) mean.set(i, Formulas.sigmoid(logits.get(i)));
        if (target == null) return;
        int block = total / weights.length;
        for (int n = 0; n < weights.length; n++) {
            double sum = 0;
            for (int j = 0; j < block; j++) {
                int i = n * block + j;
                sum += Formulas.nll(spec, logits.get(i), target.get(j));
                if (dLogits != null) dLogits.set(i, weights[n] * Formulas.dNll(spec, logits.get(i), target.get(j)));
            }
            terms.set(firstTerm + n, sum);
        }
    }
}
