// Sums over a position's taps by matrix tiles: up to 32 images times 16 or 32 channels. Tiles 0 to 3 hold sums, 4 and 5 a piece
// of the run for 16 images each, 6 and 7 the weight rows of that piece for 16 channels each, in pairs of rows.
#pragma once
#include "kernels_isa.h"
#include "plans.h"
#include "tiles.h"

namespace duet {
namespace DUET_ISA {

#if defined(DUET_TILES)

/** Between its construction and its end the thread's tiles are set up for one block of images and channels. */
template <int images, int vectors>
class TileSums {
    static_assert(sizeof(Vec) == 64, "one vector is a row of a tile of sums");
    static constexpr int rows = images < maxTileRows ? images : maxTileRows;
    static constexpr bool twice = images > maxTileRows;

public:
    explicit TileSums(const ConvolutionPlan& plan) {
        TileConfiguration shape;
        for (int i = 0; i < (twice ? 2 : 1); i++) {
            for (int v = 0; v < vectors; v++) shape.set(2 * i + v, rows, sizeof(Vec));
            shape.set(4 + i, rows, static_cast<int>(plan.piece * bytesOf(bfloat16Type)));
        }
        for (int v = 0; v < vectors; v++) shape.set(6 + v, plan.piece / 2, sizeof(Vec));
        configureTiles(shape);
    }

    ~TileSums() { releaseTiles(); }
    TileSums(const TileSums&) = delete;

    /** acc[i][v] += the taps' runs of source image i times their weight rows. */
    void add(const ConvolutionPlan& plan, const Tap* taps, int count, const WordPair* source, const WordPair* weights,
             Vec (&acc)[images][vectors]) {
        eachSum(acc, [](auto tile, Vec* first) { loadTile<tile.value>(first, sizeof acc[0]); });
        for (int n = 0; n < count; n++) {
            const WordPair* x = source + taps[n].source / 2;
            const WordPair* w = weights + taps[n].weights / 2;
            for (int k = 0; k < taps[n].length; k += plan.piece) {
                multiplyPiece(x, plan.sourceImage / 2, w, plan.weightStride);
                x += plan.piece / 2;
                w += plan.piece / 2 * static_cast<long>(plan.weightStride);
            }
        }
        eachSum(acc, [](auto tile, Vec* first) { storeTile<tile.value>(first, sizeof acc[0]); });
    }

private:
    template <typename Function>
    static void eachSum(Vec (&acc)[images][vectors], Function f) {
        f(Constant<0>(), &acc[0][0]);
        if constexpr (vectors == 2) f(Constant<1>(), &acc[0][1]);
        if constexpr (twice) f(Constant<2>(), &acc[maxTileRows][0]);
        if constexpr (twice && vectors == 2) f(Constant<3>(), &acc[maxTileRows][1]);
    }

    /** Strides in words. */
    static void multiplyPiece(const WordPair* x, long imageStride, const WordPair* w, long weightStride) {
        loadTile<4>(x, imageStride * sizeof *x);
        loadTile<6>(w, weightStride * sizeof *w);
        multiplyTiles<0, 4, 6>();
        if constexpr (vectors == 2) loadTile<7>(w + lanes, weightStride * sizeof *w);
        if constexpr (vectors == 2) multiplyTiles<1, 4, 7>();
        if constexpr (twice) loadTile<5>(x + maxTileRows * imageStride, imageStride * sizeof *x);
        if constexpr (twice) multiplyTiles<2, 5, 6>();
        if constexpr (twice && vectors == 2) multiplyTiles<3, 5, 7>();
    }
};

#endif

}  // namespace DUET_ISA
}  // namespace duet
