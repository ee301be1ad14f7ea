package dev.duet.backend.reference;

import dev.duet.backend.LikelihoodSpec;

/** Scalar formulas in double; docs/design.md holds each with its source. {@code kernels/math/} is their float twin. */
final class Formulas {
    private Formulas() {}

    static double sigmoid(double l) {
        return l >= 0 ? 1 / (1 + Math.exp(-l)) : Math.exp(l) / (1 + Math.exp(l));
    }

    /** d sigmoid / dl, from the sigmoid. */
    static double sigmoidSlope(double mean) {
        return mean * (1 - mean);
    }

    /** log(1 + exp(l)) without overflow. */
    static double softplus(double l) {
        return Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l)));
    }

    /** E3: KL(N(mu, exp(logVar)) ‖ N(0, 1)), nats. */
    static double kl(double mu, double logVar) {
        return 0.5 * (mu * mu + Math.exp(logVar) - 1 - logVar);
    }

    /** E18: KL(N(mu, exp(logVar)) ‖ N(muTo, exp(logVarTo))), nats. */
    static double kl(double mu, double logVar, double muTo, double logVarTo) {
        double distance = mu - muTo;
        return 0.5 * (distance * distance * Math.exp(-logVarTo) + Math.exp(logVar - logVarTo) - 1 - logVar + logVarTo);
    }

    /** E5 to E7: −log p(x | logits), nats (up to the Gaussian's constant). */
    static double nll(LikelihoodSpec spec, double logit, double x) {
        double error = sigmoid(logit) - x;
        return switch (spec.kind()) {
            case BERNOULLI -> softplus(logit) - x * logit;
            case GAUSSIAN -> error * error;
            case LAPLACE -> Math.abs(error) / spec.scale() + Math.log(2 * spec.scale());
        };
    }

    /** dnll/dlogit. */
    static double dNll(LikelihoodSpec spec, double logit, double x) {
        double xHat = sigmoid(logit);
        double slope = sigmoidSlope(xHat);
        return switch (spec.kind()) {
            case BERNOULLI -> xHat - x;
            case GAUSSIAN -> 2 * (xHat - x) * slope;
            case LAPLACE -> Math.signum(xHat - x) / spec.scale() * slope;
        };
    }

    /** E1: −dlogPrecision/dlogVar of {@link dev.duet.backend.GaussianProduct#logPrecision}. */
    static double logPrecisionSlope(double logVar, double epsilon) {
        return epsilon == 0 ? 1 : Math.exp(logVar) / (Math.exp(logVar) + epsilon);
    }
}
