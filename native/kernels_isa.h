// For the kernels' sources: their declarations in the namespace that the build script passes as DUET_ISA.
#pragma once
#include <cstdint>
#include <type_traits>

#include "kernels.h"

namespace duet {
namespace DUET_ISA {

/** An address from Java. */
template <typename T>
inline T* at(int64_t address) {
    return reinterpret_cast<T*>(address);
}

template <int n>
using Constant = std::integral_constant<int, n>;

}  // namespace DUET_ISA
}  // namespace duet
