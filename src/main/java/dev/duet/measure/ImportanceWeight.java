package dev.duet.measure;

/**
 * Log importance weights, nats, of one sample of the codes. The log of the mean of K weights, {@link LogMeanExp}, is the
 * estimate of Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders" (ICLR 2016), eq. 8: in expectation never
 * above the log-likelihood, and rising to it with K. The factors λ and β of the objective have no place in it.
 */
public final class ImportanceWeight {
    private ImportanceWeight() {}

    /**
     * Joint, log p(x_1 … x_M): s ~ q(s|x_1 … x_M), w_t ~ q(w_t|x_t);
     * log w = Σ_t [log p(x_t|s, w_t) + log p(w_t) − log q(w_t|x_t)] + log p(s) − log q(s|x_1 … x_M). With one modality alone
     * it is the marginal, log p(x_t), s from q(s|x_t).
     *
     * @param images log p(x_t|s, w_t) per modality
     * @param sharedPrior log p(s), of N(0, I) or of a fitted sampler, whichever the model is taken with
     * @param sharedPosterior log q(s|…) of the posterior that s was drawn from
     * @param privatePriors log p(w_t) per modality, 0 without a private code
     * @param privatePosteriors log q(w_t|x_t) per modality, 0 without a private code
     */
    public static double joint(
            double[] images,
            double sharedPrior,
            double sharedPosterior,
            double[] privatePriors,
            double[] privatePosteriors) {
        double log = sharedPrior - sharedPosterior;
        for (int t = 0; t < images.length; t++) log += images[t] + privatePriors[t] - privatePosteriors[t];
        return log;
    }

    /**
     * Marginal, log p(x_t): s ~ q(s|x_t), w_t ~ q(w_t|x_t).
     *
     * @param image log p(x_t|s, w_t); the rest as in {@link #joint}
     */
    public static double marginal(
            double image, double sharedPrior, double sharedPosterior, double privatePrior, double privatePosterior) {
        return joint(new double[] {image}, sharedPrior, sharedPosterior, new double[] {privatePrior}, new double[] {
            privatePosterior
        });
    }

    /**
     * Conditional, the density of the translation x_m → x_t itself: log ∫ q(s|x_m) p(w_t) p(x_t|s, w_t) ds dw_t, with
     * s ~ q(s|x_m) and w_t ~ p(w_t) or, for a tighter estimate, w_t ~ q(w_t|x_t). This is what MultiVae
     * (compute_cond_nll) and the tables made with it call the conditional likelihood. With the model's own p(s|x_m) in place of
     * q it would be log p(x_t|x_m), which {@code joint − marginal(x_m)} estimates too, but does not bound.
     *
     * @param image log p(x_t|s, w_t)
     * @param privatePrior log p(w_t), privatePosterior log q(w_t|x_t): both 0 if w_t was drawn from p(w_t)
     */
    public static double conditional(double image, double privatePrior, double privatePosterior) {
        return image + privatePrior - privatePosterior;
    }
}
