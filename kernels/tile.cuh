// A block's threads over a matrix (rows, columns) of which each thread keeps to some columns: for sums down the rows.
#pragma once
#include "device.cuh"

namespace duet {

/** How a block's threads lie over a matrix: across packs of n columns, down rows. */
template <int n>
struct Tile {
    static constexpr int maxAcross = 64;
    int packs;         // of a row of the matrix
    int across, down;  // threads
    int pack, row;     // of this thread within its tile; row >= down: no work

    DUET_DEVICE explicit Tile(int columns) {
        packs = columns / n;
        int threads = static_cast<int>(blockDim.x), most = threads < maxAcross ? threads : maxAcross;
        across = packs < most ? packs : most;
        down = threads / across;
        pack = static_cast<int>(threadIdx.x) % across;
        row = static_cast<int>(threadIdx.x) / across;
    }

    /** Tiles side by side. */
    DUET_DEVICE int count() const { return (packs + across - 1) / across; }
    DUET_DEVICE int column(int number) const { return (number * across + pack) * n; }
    DUET_DEVICE bool holds(int number) const { return row < down && number * across + pack < packs; }

    /** Calls body(row) for this thread's rows of the matrix. */
    template <typename Body>
    DUET_DEVICE void forRows(int64_t rows, Body body) const {
        int64_t stride = static_cast<int64_t>(gridDim.x) * down;
#pragma unroll 1
        for (int64_t i = static_cast<int64_t>(blockIdx.x) * down + row; i < rows; i += stride) body(i);
    }
};

/** Adds up the sums of the tile's rows, in a fixed order; the result is that of row 0. All threads call it. */
template <int n>
DUET_DEVICE Pack<float, n> sumDown(Pack<float, n> sum, const Tile<n>& tile) {
    __shared__ Pack<float, n> part[maxThreads];
    int thread = static_cast<int>(threadIdx.x);
    int half = 1;
    while (2 * half < tile.down) half *= 2;
    __syncthreads();  // the last call's sums have been read
    part[thread] = sum;
    for (; half > 0; half /= 2) {
        __syncthreads();
        if (tile.row >= half || tile.row + half >= tile.down) continue;
        Pack<float, n> other = part[thread + half * tile.across];
#pragma unroll
        for (int k = 0; k < n; k++) sum.at[k] += other.at[k];
        part[thread] = sum;
    }
    return sum;
}

}  // namespace duet
