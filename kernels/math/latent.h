// The latent part, one dimension at a time: docs/design.md E1 to E4 and E18. Units: nats.
#pragma once
#include "elementary.h"

namespace duet {

/**
 * E1: log precision l of an expert, -log(exp(logVar) + epsilon), as the log-sum-exp of logVar and log epsilon, which no
 * logVar overflows. log epsilon is minus infinity for none. The prior expert N(0, 1) has l = 0.
 */
DUET_HD float expertLogPrecision(float logVar, float logEpsilon) {
    float difference = logVar - logEpsilon;
    float larger = difference > 0 ? logVar : logEpsilon;
    return -(larger + log1pUnit(exponential(-(difference < 0 ? -difference : difference))));
}

/** E1: c = -dl/dlogVar = exp(logVar) / (exp(logVar) + epsilon), which is 1 without epsilon. */
DUET_HD float expertLogPrecisionSlope(float logVar, float logEpsilon) {
    return 1.0f / (1.0f + exponential(logEpsilon - logVar));
}

/** E1: weight of an expert in the product, exp(l - lse); lse is the log of the product's precision. */
DUET_HD float expertWeight(float logPrecision, float lse) { return exponential(logPrecision - lse); }

/** E1: d loss / d mu_m of an expert, from that of the product. */
DUET_HD float expertDMu(float weight, float dMu) { return weight * dMu; }

/** E1: d loss / d logVar_m of an expert, from those of the product (mu, logVar = -lse). */
DUET_HD float expertDLogVar(float weight, float slope, float expertMu, float mu, float dMu, float dLogVar) {
    return slope * weight * (dLogVar - dMu * (expertMu - mu));
}

/** E2: a sample of N(mu, exp(logVar)) (Kingma and Welling 2014). */
DUET_HD float reparameterise(float mu, float logVar, float eps) { return mu + exponential(0.5f * logVar) * eps; }

/** E2: d sample / d logVar. */
DUET_HD float reparameteriseDLogVar(float logVar, float eps) { return 0.5f * exponential(0.5f * logVar) * eps; }

/** E3: KL(N(mu, exp(logVar)) || N(0, 1)) (Kingma and Welling 2014, appendix B). */
DUET_HD float klToStandardNormal(float mu, float logVar) {
    return 0.5f * (mu * mu + exponential(logVar) - 1.0f - logVar);
}

DUET_HD float klToStandardNormalDMu(float mu) { return mu; }

DUET_HD float klToStandardNormalDLogVar(float logVar) { return 0.5f * (exponential(logVar) - 1.0f); }

/** E18: KL(N(mu, exp(logVar)) || N(muTo, exp(logVarTo))). */
DUET_HD float klBetween(float mu, float logVar, float muTo, float logVarTo) {
    float distance = mu - muTo;
    float difference = logVar - logVarTo;
    return 0.5f * (distance * distance * exponential(-logVarTo) + exponential(difference) - 1.0f - difference);
}

/** E18: by mu; by muTo it is minus that. */
DUET_HD float klBetweenDMu(float mu, float muTo, float logVarTo) { return (mu - muTo) * exponential(-logVarTo); }

DUET_HD float klBetweenDLogVar(float logVar, float logVarTo) { return 0.5f * (exponential(logVar - logVarTo) - 1.0f); }

DUET_HD float klBetweenDLogVarTo(float mu, float logVar, float muTo, float logVarTo) {
    float distance = mu - muTo;
    return 0.5f * (1.0f - exponential(logVar - logVarTo) - distance * distance * exponential(-logVarTo));
}

}  // namespace duet
