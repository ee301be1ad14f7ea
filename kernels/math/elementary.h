// exp, log, log1p, sine and cosine of one float without a branch or a call, so that g++ vectorises the loops around
// them. Method and coefficients: S. Moshier, Cephes (expf, logf, sinf, cosf). Relative error below 3 ulp on the ranges
// stated.
#pragma once
#include "hd.h"

namespace duet {

DUET_HD int32_t floatBits(float x) {
#ifdef __CUDA_ARCH__
    return __float_as_int(x);
#else
    int32_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return bits;
#endif
}

DUET_HD float bitsFloat(int32_t bits) {
#ifdef __CUDA_ARCH__
    return __int_as_float(bits);
#else
    float x;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
#endif
}

/** exp(x); the smallest normal float below -87.33, infinity above 88.37, NaN for NaN. */
DUET_HD float exponential(float x) {
    const float log2e = 1.44269504f, ln2High = 0.693359375f, ln2Low = -2.12194440e-4f;
    const float toInteger = 12582912.0f;  // 1.5 * 2^23: adding it rounds to the nearest integer
    float clamped = x < -87.33f ? -87.33f : x;
    clamped = clamped > 88.37f ? 88.37f : clamped;
    float shifted = clamped * log2e + toInteger;
    float n = shifted - toInteger;
    float r = clamped - n * ln2High - n * ln2Low;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    float y = p * r * r + r + 1.0f;
    float power = bitsFloat((floatBits(shifted) - floatBits(toInteger) + 127) << 23);
    return x > 88.37f ? bitsFloat(0x7f800000) : y * power;
}

/** log(x) for a positive normal x, NaN for NaN and infinity. */
DUET_HD float logarithm(float x) {
    int32_t bits = floatBits(x);
    int32_t exponent = (bits >> 23) - 126;
    float m = bitsFloat((bits & 0x007fffff) | 0x3f000000);  // in [1/2, 1)
    bool low = m < 0.707106781f;
    float e = static_cast<float>(low ? exponent - 1 : exponent);
    m = (low ? m + m : m) - 1.0f;
    float z = m * m;
    float p = 7.0376836292e-2f;
    p = p * m - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    float y = p * m * z - 2.12194440e-4f * e - 0.5f * z;
    return m + y + 0.693359375f * e + (x - x);  // x - x is 0, or NaN, which the bits above would hide
}

/** log(1 + x) for x in [-1/2, 1], by log(1 + x) = 2 artanh(x / (2 + x)). */
DUET_HD float log1pUnit(float x) {
    float s = x / (2.0f + x);
    float z = s * s;  // at most 1/9
    float p = 1.0f / 15.0f;
    p = p * z + 1.0f / 13.0f;
    p = p * z + 1.0f / 11.0f;
    p = p * z + 1.0f / 9.0f;
    p = p * z + 1.0f / 7.0f;
    p = p * z + 1.0f / 5.0f;
    p = p * z + 1.0f / 3.0f;
    return 2.0f * s + 2.0f * s * z * p;
}

/** sin(x) for |x| at most pi/4. */
DUET_HD float sineOctant(float x) {
    float z = x * x;
    float p = -1.9515295891e-4f;
    p = p * z + 8.3321608736e-3f;
    p = p * z - 1.6666654611e-1f;
    return p * z * x + x;
}

/** cos(x) for |x| at most pi/4. */
DUET_HD float cosineOctant(float x) {
    float z = x * x;
    float p = 2.443315711809948e-5f;
    p = p * z - 1.388731625493765e-3f;
    p = p * z + 4.166664568298827e-2f;
    return p * z * z - 0.5f * z + 1.0f;
}

}  // namespace duet
