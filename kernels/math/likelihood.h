// Likelihoods of one pixel x in [0, 1] given its logit; xHat = sigmoid(logit). Units: nats. docs/design.md E5 to E7.
#pragma once
#include "elementary.h"

namespace duet {

/** Numbers of dev.duet.backend.LikelihoodSpec.Kind. */
enum LikelihoodKind { bernoulliKind = 0, gaussianKind = 1, laplaceKind = 2 };

/** A pixel's mean, loss and d loss / d logit. */
struct Pixel {
    float mean, nll, dLogit;
};

/** xHat = sigmoid(logit), and e = exp(-|logit|), from which its slope and softplus follow without cancellation. */
struct Sigmoid {
    float e, inverse, mean;  // inverse = 1 / (1 + e)
};

DUET_HD Sigmoid sigmoidParts(float logit) {
    float e = exponential(-(logit < 0 ? -logit : logit));
    float inverse = 1.0f / (1.0f + e);
    return {e, inverse, logit < 0 ? e * inverse : inverse};
}

/** d xHat / d logit = xHat (1 - xHat). */
DUET_HD float sigmoidSlope(Sigmoid s) { return s.e * s.inverse * s.inverse; }

/** Likewise from the mean itself. */
DUET_HD float sigmoidSlope(float mean) { return mean * (1.0f - mean); }

/** E5: -x log xHat - (1 - x) log(1 - xHat) = softplus(logit) - x logit. */
DUET_HD Pixel bernoulli(float logit, float x) {
    Sigmoid s = sigmoidParts(logit);
    float nll = (logit < 0 ? 0.0f : logit) - x * logit + log1pUnit(s.e);
    return {s.mean, nll, s.mean - x};
}

/** E6: (xHat - x)^2, the lab's squared error. */
DUET_HD Pixel gaussian(float logit, float x) {
    Sigmoid s = sigmoidParts(logit);
    float error = s.mean - x;
    return {s.mean, error * error, 2.0f * error * sigmoidSlope(s)};
}

/** E7: |xHat - x| / scale + log(2 scale); logNormaliser is the latter. */
DUET_HD Pixel laplace(float logit, float x, float inverseScale, float logNormaliser) {
    Sigmoid s = sigmoidParts(logit);
    float error = s.mean - x;
    float sign = error > 0 ? 1.0f : error < 0 ? -1.0f : 0.0f;
    return {s.mean, (error < 0 ? -error : error) * inverseScale + logNormaliser, sign * inverseScale * sigmoidSlope(s)};
}

/** The likelihood of a kind known when compiled; scale and normaliser are the Laplace's. */
template <int kind>
DUET_HD Pixel judgePixel(float logit, float x, float inverseScale, float logNormaliser) {
    if (kind == bernoulliKind) return bernoulli(logit, x);
    if (kind == gaussianKind) return gaussian(logit, x);
    return laplace(logit, x, inverseScale, logNormaliser);
}

}  // namespace duet
