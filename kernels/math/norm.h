// Group normalisation, one value at a time: docs/design.md E13. V is a float or a vector of them.
#pragma once
#include "hd.h"

namespace duet {

/** Added to the variance (Wu and He 2018). */
constexpr float normEpsilon = 1e-5f;

/** What a group's values are normalised by. */
struct NormGroup {
    float mean, inverse;  // inverse = 1 / sqrt(variance + epsilon)
};

/**
 * Of count values, from a first mean and the sums of their differences from it and of those squared: the first sum is what
 * rounding left in the mean (corrected two-pass algorithm, Chan et al. 1983).
 */
DUET_HD NormGroup normGroup(float firstMean, float differences, float squares, float count) {
    float rest = differences / count;
    float variance = squares / count - rest * rest;
    return {firstMean + rest, 1.0f / sqrtf((variance > 0 ? variance : 0) + normEpsilon)};
}

/** E13: y before the activation; gain = inverse * weight. */
template <typename V>
DUET_HD V normalised(V x, V mean, V gain, V bias) {
    return (x - mean) * gain + bias;
}

/** What the gradients of a group's inputs share. */
struct NormGradient {
    float offset, slope;
};

/**
 * From the group's sums of weight * dy and of weight * dy * (x - mean): dx = inverse * (dxHat - mean of dxHat
 * - xHat * mean of dxHat xHat), where dxHat = weight * dy.
 */
DUET_HD NormGradient normGradient(NormGroup group, float sum, float product, float count) {
    float offset = -group.inverse * (sum / count);
    return {offset, -group.inverse * group.inverse * group.inverse * (product / count)};
}

/** E13: dx; gain = inverse * weight. */
template <typename V>
DUET_HD V normalisedDx(V dy, V x, V mean, V gain, V offset, V slope) {
    return gain * dy + (slope * (x - mean) + offset);
}

}  // namespace duet
