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

/** base^exponent by squaring. */
DUET_HD double power(double base, uint32_t exponent) {
    double result = 1;
    for (double square = base; exponent > 0; exponent >>= 1, square *= square) {
        if (exponent & 1) result *= square;
    }
    return result;
}

/** For update number t, from 1. */
DUET_HD AdamScalars adamScalars(double beta1, double beta2, double epsilon, double learningRate, uint32_t t) {
    AdamScalars a;
    a.beta1 = static_cast<float>(beta1);
    a.beta2 = static_cast<float>(beta2);
    a.gain1 = static_cast<float>(1 - beta1);
    a.gain2 = static_cast<float>(1 - beta2);
    a.epsilon = static_cast<float>(epsilon);
    a.stepSize = static_cast<float>(learningRate / (1 - power(beta1, t)));
    a.inverseRootBias2 = static_cast<float>(1 / sqrt(1 - power(beta2, t)));
    return a;
}

DUET_HD void adamUpdate(const AdamScalars& a, float gradient, float& value, float& m, float& v) {
    m = a.beta1 * m + a.gain1 * gradient;
    v = a.beta2 * v + a.gain2 * gradient * gradient;
    value -= a.stepSize * m / (sqrtf(v) * a.inverseRootBias2 + a.epsilon);
}

}  // namespace duet
