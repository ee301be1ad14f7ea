// bfloat16 in storage: the upper half of a float's bits. Arithmetic is done in float.
#pragma once
#include "elementary.h"

namespace duet {

struct bf16 {
    uint16_t bits;
};

DUET_HD float toFloat(bf16 x) { return bitsFloat(static_cast<int32_t>(static_cast<uint32_t>(x.bits) << 16)); }

/**
 * The nearest bf16, ties to even; beyond the largest, infinity; NaN stays NaN (quiet, with its sign and upper
 * payload).
 */
DUET_HD bf16 toBf16(float x) {
    uint32_t bits = static_cast<uint32_t>(floatBits(x));
    bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
    uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
    return {static_cast<uint16_t>(nan ? bits >> 16 | 0x40u : rounded)};
}

/** Storage to float and back, for code that does not care which of the two it has. */
DUET_HD float toFloat(float x) { return x; }
DUET_HD void store(float& target, float x) { target = x; }
DUET_HD void store(bf16& target, float x) { target = toBf16(x); }

}  // namespace duet
