// Pixels of data sets: uint8.
#pragma once
#include "hd.h"

namespace duet {

/** A pixel in [0, 1]. */
DUET_HD float unitPixel(uint8_t pixel) { return static_cast<float>(pixel) / 255.0f; }

}  // namespace duet
