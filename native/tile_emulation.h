// The functions of tiles.h in plain C++, for tests. What the processor would refuse ends the process here too.
// Source: the operation of TDPBF16PS in Intel's Software Developer's Manual, volume 2.
#pragma once
#include "tiles.h"

namespace duet {
namespace DUET_ISA {

/** The tile registers of a thread. */
struct Tiles {
    TileConfiguration shape;
    uint32_t words[8][maxTileRows][16];
};
inline thread_local Tiles tiles = {};

inline void require(bool legal) {
    if (!legal) __builtin_trap();
}

inline void configureTiles(const TileConfiguration& shape) {
    for (int t = 0; t < 8; t++) require(shape.rows[t] <= maxTileRows && shape.rowBytes[t] <= 64);
    tiles = {shape, {}};
}

inline void releaseTiles() { tiles.shape = TileConfiguration(); }

template <int tile>
void loadTile(const void* p, long strideBytes) {
    require(tiles.shape.rows[tile] > 0 && tiles.shape.rowBytes[tile] > 0);
    std::memset(tiles.words[tile], 0, sizeof tiles.words[tile]);
    for (int r = 0; r < tiles.shape.rows[tile]; r++) {
        std::memcpy(tiles.words[tile][r], static_cast<const char*>(p) + r * strideBytes, tiles.shape.rowBytes[tile]);
    }
}

template <int tile>
void storeTile(void* p, long strideBytes) {
    require(tiles.shape.rows[tile] > 0 && tiles.shape.rowBytes[tile] > 0);
    for (int r = 0; r < tiles.shape.rows[tile]; r++) {
        std::memcpy(static_cast<char*>(p) + r * strideBytes, tiles.words[tile][r], tiles.shape.rowBytes[tile]);
    }
}

/** Denormals count as zero, as operands and as results. */
inline float flushed(float value) { return __builtin_fabsf(value) < 0x1p-126f ? __builtin_copysignf(0, value) : value; }

/** c += a * b, pairs of bfloat16: the first and the second of all pairs are summed from zero, then both are added to c. */
template <int c, int a, int b>
void multiplyTiles() {
    const TileConfiguration& shape = tiles.shape;
    require(shape.rows[c] > 0 && shape.rows[c] == shape.rows[a]);
    require(shape.rowBytes[c] > 0 && shape.rowBytes[c] == shape.rowBytes[b]);
    require(shape.rows[b] > 0 && shape.rowBytes[a] == 4 * shape.rows[b]);
    for (int m = 0; m < shape.rows[c]; m++) {
        float first[16] = {}, second[16] = {};
        for (int k = 0; k < shape.rows[b]; k++) {
            uint32_t x = tiles.words[a][m][k];
            for (int n = 0; n < 16; n++) {
                uint32_t y = tiles.words[b][k][n];
                first[n] = flushed(first[n] + flushed(widen(static_cast<uint16_t>(x))) * flushed(widen(static_cast<uint16_t>(y))));
                second[n] = flushed(second[n] + flushed(widen(x >> 16)) * flushed(widen(y >> 16)));
            }
        }
        float sums[16];
        std::memcpy(sums, tiles.words[c][m], sizeof sums);
        for (int n = 0; n < 16; n++) sums[n] = flushed(flushed(sums[n]) + flushed(first[n] + second[n]));
        std::memcpy(tiles.words[c][m], sums, shape.rowBytes[c]);
    }
}

}  // namespace DUET_ISA
}  // namespace duet
