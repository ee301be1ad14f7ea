// One vector of floats of the instruction set that this file is compiled for (g++ vector extensions).
#pragma once

#if defined(__AVX512F__)
#define DUET_LANES 16
#elif defined(__AVX2__)
#define DUET_LANES 8
#else
#define DUET_LANES 4
#endif

namespace duet {
namespace DUET_ISA {  // one copy per instruction set: inline functions must not be merged across them

constexpr int lanes = DUET_LANES;

typedef float Vec __attribute__((vector_size(DUET_LANES * sizeof(float))));
typedef float UnalignedVec __attribute__((vector_size(DUET_LANES * sizeof(float)), aligned(4), may_alias));

static inline Vec load(const float* p) { return *reinterpret_cast<const UnalignedVec*>(p); }
static inline void store(float* p, Vec v) { *reinterpret_cast<UnalignedVec*>(p) = v; }

/** The first count lanes only. */
static inline void storeFirst(float* p, Vec v, int count) {
    for (int i = 0; i < count; i++) p[i] = v[i];
}

}  // namespace DUET_ISA
}  // namespace duet
