// What goes around a layer's matrix product: bias and ReLU, forward and backward, and casts. Matrices (rows, columns)
// are images (B H W, C) in NHWC order or features (B, F). Grid: x over rows, y over tiles of 64 packs of 16 bytes of
// the columns (one for all convolutions); see README.md.
#include "tile.cuh"

namespace duet {

DUET_DEVICE float relu(float x) { return x > 0 ? x : 0.0f; }

template <int n, typename T>
DUET_DEVICE void biasActivation(T* y, const float* bias, int64_t rows, int columns, bool activate) {
    Tile<n> tile(columns);
    forRowsOfGrid(tile.count(), [&](int number) {
        if (!tile.holds(number)) return;
        int column = tile.column(number);
        Pack<float, n> b = loadPack<n>(bias + column);
        tile.forRows(rows, [&](int64_t row) {
            T* at = y + row * columns + column;
            Pack<float, n> values = loadFloats<n>(at);
#pragma unroll
            for (int k = 0; k < n; k++) {
                float sum = values.at[k] + b.at[k];
                values.at[k] = activate ? relu(sum) : sum;
            }
            storeFloats<n>(at, values);
        });
    });
}

/** Gates this thread's part of dy by y > 0, unless y is null, and adds its columns up. */
template <int n, typename T>
DUET_DEVICE Pack<float, n> gateAndSum(const T* y, T* dy, const Tile<n>& tile, int64_t rows, int columns, int column) {
    Pack<float, n> sum = {};
    tile.forRows(rows, [&](int64_t row) {
        int64_t at = row * columns + column;
        Pack<T, n> d = loadPack<n>(dy + at);
        if (y != nullptr) {
            Pack<T, n> output = loadPack<n>(y + at);
#pragma unroll
            for (int k = 0; k < n; k++) {
                if (!(toFloat(output.at[k]) > 0)) d.at[k] = T{};
            }
            storePack<n>(dy + at, d);
        }
#pragma unroll
        for (int k = 0; k < n; k++) sum.at[k] += toFloat(d.at[k]);
    });
    return sum;
}

/** Of each row of the grid the last block stores the sums of that row's columns, from partials (gridDim.x, columns). */
template <int n>
DUET_DEVICE void sumTiles(float* sums, const float* partials, unsigned* counters, const Tile<n>& tile, int columns) {
    if (!isLastBlock(counters + blockIdx.y, gridDim.x)) return;
    forRowsOfGrid(tile.count(), [&](int number) {
        int first = number * tile.across * n, rest = columns - first, wide = tile.across * n;
        sumColumns(sums, partials, static_cast<int>(gridDim.x), columns, first, rest < wide ? rest : wide);
    });
}

template <int n, typename T>
DUET_DEVICE void biasActivationBackward(const T* y, T* dy, float* dBias, float* partials, unsigned* counters,
                                        int64_t rows, int columns) {
    Tile<n> tile(columns);
    forRowsOfGrid(tile.count(), [&](int number) {
        Pack<float, n> sum = {};
        if (tile.holds(number)) sum = gateAndSum(y, dy, tile, rows, columns, tile.column(number));
        if (dBias == nullptr) return;
        sum = sumDown(sum, tile);
        if (tile.row > 0 || !tile.holds(number)) return;
        float* target = partials + static_cast<int64_t>(blockIdx.x) * columns + tile.column(number);
#pragma unroll
        for (int k = 0; k < n; k++) target[k] = sum.at[k];
    });
    if (dBias != nullptr) sumTiles(dBias, partials, counters, tile, columns);
}

template <typename T>
DUET_DEVICE void biasActivationBackward(const T* y, T* dy, float* dBias, float* partials, unsigned* counters,
                                        int64_t rows, int columns, int relu) {
    const T* gate = relu ? y : nullptr;
    if (columns % packed<T> == 0 && aligned(gate) && aligned(dy)) {
        biasActivationBackward<packed<T>>(gate, dy, dBias, partials, counters, rows, columns);
    } else {
        biasActivationBackward<1>(gate, dy, dBias, partials, counters, rows, columns);
    }
}

template <typename T>
DUET_DEVICE void biasActivation(T* y, const float* bias, int64_t rows, int columns, int relu) {
    if (columns % packed<T> == 0 && aligned(y) && aligned(bias)) {
        biasActivation<packed<T>>(y, bias, rows, columns, relu != 0);
    } else {
        biasActivation<1>(y, bias, rows, columns, relu != 0);
    }
}

template <typename From, typename To>
DUET_DEVICE void cast(const From* from, To* to, int64_t n) {
    constexpr int width = 8;  // 16 bytes of bf16, 32 of float
    int64_t whole = aligned(from) && aligned(to) ? n / width : 0;
    forShare(whole, [&](int64_t i) { storeFloats<width>(to + i * width, loadFloats<width>(from + i * width)); });
    forShare(n - whole * width, [&](int64_t i) { store(to[whole * width + i], toFloat(from[whole * width + i])); });
}

}  // namespace duet

using namespace duet;

/** y (rows, columns) = y + bias (columns), through ReLU if relu is not 0; in place. */
DUET_KERNEL bias_activation_f32(float* y, const float* bias, long long rows, int columns, int relu) {
    biasActivation(y, bias, rows, columns, relu);
}

DUET_KERNEL bias_activation_bf16(bf16* y, const float* bias, long long rows, int columns, int relu) {
    biasActivation(y, bias, rows, columns, relu);
}

/**
 * dy (rows, columns) is zeroed where y, the layer's output, is not positive, if relu is not 0 (else y may be null);
 * dBias (columns) = the sums of its columns, overwritten; dBias may be null. partials (gridDim.x, columns),
 * counters (gridDim.y).
 */
DUET_KERNEL bias_activation_backward_f32(const float* y, float* dy, float* dBias, float* partials, unsigned* counters,
                                         long long rows, int columns, int relu) {
    biasActivationBackward(y, dy, dBias, partials, counters, rows, columns, relu);
}

DUET_KERNEL bias_activation_backward_bf16(const bf16* y, bf16* dy, float* dBias, float* partials, unsigned* counters,
                                          long long rows, int columns, int relu) {
    biasActivationBackward(y, dy, dBias, partials, counters, rows, columns, relu);
}

DUET_KERNEL cast_f32_bf16(const float* from, bf16* to, long long n) { cast(from, to, n); }

DUET_KERNEL cast_bf16_f32(const bf16* from, float* to, long long n) { cast(from, to, n); }
