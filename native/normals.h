// Standard normals in bulk: the loops of one block of draws each become vectors.
#pragma once
#include "../kernels/math/philox.h"
#include "simd.h"

namespace duet {
namespace DUET_ISA {  // one copy per instruction set: inline functions must not be merged across them

/** out = the normals of lanes blocks of a stream, four of each. */
inline void normalBlocks(uint64_t seed, Stream stream, uint32_t step, uint64_t firstBlock, float (&out)[4 * lanes]) {
    uint32_t bits[4][lanes];
    for (int i = 0; i < lanes; i++) {
        uint32_t block[4];
        philoxBlock(seed, stream, step, firstBlock + static_cast<uint64_t>(i), block);
        for (int k = 0; k < 4; k++) bits[k][i] = block[k];
    }
    float draws[4][lanes];
    for (int k = 0; k < 4; k += 2) {
        for (int i = 0; i < lanes; i++) normalPair(bits[k][i], bits[k + 1][i], draws[k][i], draws[k + 1][i]);
    }
    for (int i = 0; i < lanes; i++) {
        for (int k = 0; k < 4; k++) out[4 * i + k] = draws[k][i];
    }
}

/** Calls body(i, normal) for the normals first + i of a stream, i below count. */
template <typename Body>
void forNormals(int64_t seed, Stream stream, int step, int64_t first, int64_t count, Body body) {
    float draws[4 * lanes];
    for (int64_t begin = first / 4 * 4 - first; begin < count; begin += 4 * lanes) {
        uint64_t block = static_cast<uint64_t>(first + begin) / 4;
        normalBlocks(static_cast<uint64_t>(seed), stream, static_cast<uint32_t>(step), block, draws);
        int64_t from = begin < 0 ? 0 : begin;
        int64_t to = begin + 4 * lanes < count ? begin + 4 * lanes : count;
        for (int64_t i = from; i < to; i++) body(i, draws[i - begin]);
    }
}

}  // namespace DUET_ISA
}  // namespace duet
