// How much the products keep in registers, and how they store it.
#pragma once
#include "elements.h"

namespace duet {
namespace DUET_ISA {

// Images times vectors held in registers: 16 of 32 with AVX-512, 10 of 16 with AVX2, and 8 without fused multiply-add, which
// needs one more for each product. Measured: fewer leave the units waiting, more spill.
constexpr int maxImages = lanes == 16 ? 8 : lanes == 8 ? 5 : 4;
constexpr int maxVectors = 2;

/** Stores one vector of results; count < lanes for the last channels. */
template <bool partial>
inline void storeResult(int type, void* target, long offset, Vec value, int count) {
    if (partial) {
        storeFirst(type, target, offset, value, count);
    } else {
        store(type, target, offset, value);
    }
}

}  // namespace DUET_ISA
}  // namespace duet
