// Cosines between rows, and InfoNCE on them: docs/design.md E16 and E17. Units: nats.
#pragma once
#include "elementary.h"

namespace duet {

/** 1 / |v| from |v|^2; 0 for a v no longer than 1e-6, which so has cosines and gradients of 0. */
DUET_HD float inverseNorm(float square) { return square > 1e-12f ? 1.0f / sqrtf(square) : 0.0f; }

/**
 * E16: d loss / d s of the similarity s of a pair of rows, from the logs of the sums of exp(s) over all that either is
 * compared with; positive: the pair belongs together.
 */
DUET_HD float contrastSlope(float s, float rowLogSum, float columnLogSum, bool positive) {
    return 0.5f * (exponential(s - rowLogSum) + exponential(s - columnLogSum)) - (positive ? 1.0f : 0.0f);
}

/**
 * One column of d loss / d v from that of its unit vector, d; along is the whole gradient's product with the unit
 * vector, whose length no change of v moves.
 */
DUET_HD float unitGradient(float d, float along, float unit, float inverseNorm) {
    return (d - along * unit) * inverseNorm;
}

}  // namespace duet
