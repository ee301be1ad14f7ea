// Largest of a window. Of equal values the first counts; NaN is larger than all, so that it does not get lost.
#pragma once
#include "hd.h"

namespace duet {

/** Whether a value replaces the largest of those before it; V is a float or a vector of them. */
template <typename V>
DUET_HD auto outranks(V x, V largest) {
    return (x > largest) | ((x != x) & (largest == largest));
}

}  // namespace duet
