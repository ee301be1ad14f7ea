// AMX: matrices of up to 16 rows of 64 bytes in eight tile registers, and the product of two of them. A tile's number is part
// of the instruction, so it is a template parameter here.
// AMX: never run on a real machine; its arithmetic is tested with emulated tiles (tile_emulation.h).
// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1 chapter 18 and volume 2 (TDPBF16PS).
#pragma once
#include <cstdint>
#include <cstring>

#include "elements.h"

#if defined(DUET_TILE_EMULATION) || defined(__AMX_BF16__)
#define DUET_TILES
#endif

namespace duet {
namespace DUET_ISA {

constexpr int maxTileRows = 16;

/** What LDTILECFG reads: rows and bytes per row of each tile, of which the instruction set has the first 8. */
struct alignas(64) TileConfiguration {
    uint8_t palette = 1, startRow = 0, reserved[14] = {};
    uint16_t rowBytes[16] = {};
    uint8_t rows[16] = {};

    void set(int tile, int tileRows, int bytes) {
        rows[tile] = static_cast<uint8_t>(tileRows);
        rowBytes[tile] = static_cast<uint16_t>(bytes);
    }
};
static_assert(sizeof(TileConfiguration) == 64, "as LDTILECFG reads it");

#if defined(__AMX_BF16__)

/** Zeroes all tiles. */
inline void configureTiles(const TileConfiguration& shape) { asm volatile("ldtilecfg %0" : : "m"(shape)); }

inline void releaseTiles() { asm volatile("tilerelease"); }

template <int tile>
inline void loadTile(const void* p, long strideBytes) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(p), "r"(strideBytes), "i"(tile) : "memory");
}

template <int tile>
inline void storeTile(void* p, long strideBytes) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(p), "r"(strideBytes), "i"(tile) : "memory");
}

/** c += a * b: rows of a and columns of b are pairs of bfloat16. */
template <int c, int a, int b>
inline void multiplyTiles() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(c), "i"(a), "i"(b));
}

#endif

}  // namespace DUET_ISA
}  // namespace duet

#if defined(DUET_TILE_EMULATION)
#include "tile_emulation.h"
#endif
