// Adam (Kingma and Ba 2015, algorithm 1, bias-corrected), one parameter.
#pragma once
#include "hd.h"

namespace duet {

/** What all parameters of one update share. */
struct AdamScalars {
    float beta1, beta2, epsilon;
    float gain1, gain2;      // 1 - beta1, 1 - beta2, rounded once from double
    float stepSize;          // learning rate / (1 - beta1^t)
    float inverseRootBias2;  // 1 / sqrt(1 - beta2^t)
};

DUET_HD void adamUpdate(const AdamScalars& a, float gradient, float& value, float& m, float& v) {
    m = a.beta1 * m + a.gain1 * gradient;
    v = a.beta2 * v + a.gain2 * gradient * gradient;
    value -= a.stepSize * m / (sqrtf(v) * a.inverseRootBias2 + a.epsilon);
}

}  // namespace duet
