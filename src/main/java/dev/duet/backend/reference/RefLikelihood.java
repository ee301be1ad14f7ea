package dev.duet.backend.reference;

import dev.duet.backend.Judgement;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.Op;
import dev.duet.tensor.Variable;

/** See {@link dev.duet.backend.Backend#likelihood}. */
final class RefLikelihood implements Op {
    private final LikelihoodSpec spec;
    private final double[] weights; // (n)
    private final RefTensor logits; // (N, C, H, W)
    private final RefTensor dLogits;
    private final RefTensor target; // (B, C, H, W) or null
    private final RefTensor mean; // of the last rows, or null
    private final RefTensor dMean;
    private final RefTensor terms;
    private final int firstTerm;

    RefLikelihood(Judgement judgement, Variable logits) {
        judgement.check(logits.shape(), logits.grad() != null);
        spec = judgement.likelihood();
        weights = judgement.weights().clone();
        this.logits = RefTensor.of(logits.value());
        dLogits = RefTensor.orNull(logits.grad());
        target = RefTensor.orNull(judgement.target());
        mean = judgement.mean() == null ? null : RefTensor.of(judgement.mean().value());
        dMean = RefTensor.orNull(judgement.dMean());
        terms = RefTensor.orNull(judgement.terms());
        firstTerm = judgement.firstTerm();
    }

    /** Number of the first logit that gives a mean. */
    private int firstMean() {
        return logits.shape().size() - mean.shape().size();
    }

    @Override
    public void forward() {
        for (int i = 0; mean != null && i < mean.shape().size(); i++)
            mean.set(i, Formulas.sigmoid(logits.get(firstMean() + i)));
        if (target == null) return;
        int block = target.shape().size();
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

    @Override
    public void backward() {
        for (int i = 0; dMean != null && i < dMean.shape().size(); i++)
            dLogits.set(firstMean() + i, dMean.get(i) * Formulas.sigmoidSlope(mean.get(i)));
    }
}
