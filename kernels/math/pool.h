// Largest of a window. Of equal values the first counts; NaN is larger than all, so that it does not get lost.
#pragma once
#include "hd.h"

namespace duet {

/** Whether a value replaces the largest of those before it. */
DUET_HD bool outranks(float x, float largest) { return x > largest || (x != x && largest == largest); }

}  // namespace duet
