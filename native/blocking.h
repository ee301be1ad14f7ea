// How much the products keep in registers.
#pragma once
#include "elements.h"

namespace duet {
namespace DUET_ISA {

// Images times vectors held in registers: 16 of 32 with AVX-512, 10 of 16 with AVX2, and 8 without fused multiply-add, which
// needs one more for each product. Measured: fewer leave the units waiting, more spill.
constexpr int maxImages = lanes == 16 ? 8 : lanes == 8 ? 5 : 4;
constexpr int maxVectors = 2;

}  // namespace DUET_ISA
}  // namespace duet
