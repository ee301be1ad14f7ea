// Dropout: docs/design.md E14.
#pragma once
#include "philox.h"

namespace duet {

/** What a value is multiplied by: 0 where its draw lies below the threshold, else scale = 1 / (1 - rate). */
DUET_HD float dropoutFactor(uint32_t bits, uint64_t threshold, float scale) { return bits < threshold ? 0.0f : scale; }

}  // namespace duet
