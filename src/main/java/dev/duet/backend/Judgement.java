package dev.duet.backend;

import dev.duet.DuetException;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/**
 * What becomes of logits (N, C, H, W). The first rows are blocks of B rows, each block judged against the same B targets; rows
 * behind them have no likelihood. The last rows, up to all, give means.
 *
 * @param likelihood of the judged rows
 * @param weights a_S·λ_t of each judged block
 * @param target (B, C, H, W) in [0, 1], or null to judge nothing
 * @param mean (n, C, H, W), n ≤ N: gets sigmoid(logits) of the last n rows; or null. If it has a gradient, backward goes from
 *     there to the logits, and its rows are those without a likelihood
 * @param terms get the nll of block i, summed over its rows, unweighted, in nats, at firstTerm + i; null without a target
 */
public record Judgement(
        LikelihoodSpec likelihood, double[] weights, Tensor target, Variable mean, Tensor terms, int firstTerm) {
    /** Every row judged, no means. */
    public static Judgement of(
            LikelihoodSpec likelihood, double[] weights, Tensor target, Tensor terms, int firstTerm) {
        return new Judgement(likelihood, weights, target, null, terms, firstTerm);
    }

    /** Means of all rows, nothing judged. */
    public static Judgement means(LikelihoodSpec likelihood, Tensor mean) {
        return new Judgement(likelihood, new double[] {1}, null, Variable.constant(mean), null, 0);
    }

    /** This judgement with constant means of all rows; {@code null} for none. */
    public Judgement withMeans(Tensor mean) {
        return new Judgement(
                likelihood, weights, target, mean == null ? null : Variable.constant(mean), terms, firstTerm);
    }

    /** Rows that have a likelihood, the first ones. */
    public int judgedRows() {
        return target == null ? 0 : weights.length * target.shape().get(0);
    }

    /** Rows that give means, the last ones. */
    public int meanRows() {
        return mean == null ? 0 : mean.shape().get(0);
    }

    /** Whether one pass over all {@code rows} both judges and gives means. */
    public boolean meansOfJudged(int rows) {
        return meanRows() == rows && judgedRows() == rows;
    }

    /** Gradient of the means, or {@code null}. */
    public Tensor dMean() {
        return mean == null ? null : mean.grad();
    }

    /** Whether the parts fit together and to logits of this shape; the kernels rely on it. */
    public void check(Shape logits, boolean withGradient) {
        String where = "likelihood of " + weights.length + " blocks of logits " + logits;
        if (target == null && mean == null) {
            throw new DuetException(where + ": expected a target, or a mean to compute, got neither");
        }
        if (target != null) checkTarget(where, logits);
        if (mean != null) checkMean(where, logits);
        if (withGradient && target != null && judgedRows() < logits.get(0) && dMean() == null) {
            throw new DuetException(where + ": expected means with a gradient of the " + (logits.get(0) - judgedRows())
                    + " rows that are not judged, got none; give each block a weight, or the others' means a gradient");
        }
    }

    private void checkTarget(String where, Shape logits) {
        int rows = target.shape().get(0);
        if (rows < 1 || logits.get(0) % rows != 0 || weights.length < 1 || judgedRows() > logits.get(0)) {
            throw new DuetException(where + ": expected blocks of " + rows + " rows, as the target '" + target.name()
                    + "' has, and a weight for at least one and at most each; check the subsets' weights");
        }
        ShapeMismatch.check(where, target, logits.withOuter(rows));
        if (terms == null) throw new DuetException(where + ": expected terms beside the target, got none");
        if (firstTerm < 0 || firstTerm > terms.shape().size() - weights.length) {
            throw new DuetException(where + ": expected room for " + weights.length + " terms from " + firstTerm
                    + " on in '" + terms.name() + "', got " + terms.shape());
        }
    }

    private void checkMean(String where, Shape logits) {
        ShapeMismatch.check(where + ", means", mean.value(), logits.withOuter(Math.min(meanRows(), logits.get(0))));
        if (mean.grad() != null && meanRows() != logits.get(0) - judgedRows()) {
            throw new DuetException(where + ": expected a gradient of the means of the "
                    + (logits.get(0) - judgedRows()) + " rows that are not judged alone, got one of " + meanRows()
                    + "; those that are judged have their gradient from there");
        }
    }
}
