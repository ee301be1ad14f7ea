package dev.duet.backend;

/**
 * p(x|z) of one modality, on logits l with the mean xHat = sigmoid(l); nll is summed over C·H·W, in nats.
 *
 * @param kind its family
 * @param scale b of the Laplace; unused elsewhere
 */
public record LikelihoodSpec(Kind kind, double scale) {
    public enum Kind {
        /** −x log xHat − (1 − x) log(1 − xHat), from logits: softplus(l) − x·l. */
        BERNOULLI,
        /** The lab's summed squared error (xHat − x)²: a Gaussian of variance ½ without its constant. */
        GAUSSIAN,
        /** |xHat − x| / b + log 2b. */
        LAPLACE;

        /** Number in {@code kernels/math/likelihood.h}. */
        public int code() {
            return switch (this) {
                case BERNOULLI -> 0;
                case GAUSSIAN -> 1;
                case LAPLACE -> 2;
            };
        }
    }

    /** Scale of the published MNIST–SVHN protocol (Shi et al. 2019). */
    public static final double LAPLACE_SCALE = 0.75;

    public static LikelihoodSpec of(Kind kind) {
        return new LikelihoodSpec(kind, LAPLACE_SCALE);
    }
}
