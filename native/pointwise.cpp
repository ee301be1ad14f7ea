// What touches each element once: gather, transposition, bias gradients, noise, Adam.
#include "../kernels/math/adam.h"
#include "../kernels/math/pixel.h"
#include "elements.h"
#include "kernels_isa.h"
#include "normals.h"
#include "simd.h"

namespace duet {
namespace DUET_ISA {

void gather(int64_t images, int64_t indices, int64_t x, int rows, int size) {
    for (int row = 0; row < rows; row++) {
        const uint8_t* image = at<uint8_t>(images) + static_cast<long>(at<int32_t>(indices)[row]) * size;
        float* target = at<float>(x) + static_cast<long>(row) * size;
        for (int i = 0; i < size; i++) target[i] = unitPixel(image[i]);
    }
}

namespace {

typedef int32_t Lanes __attribute__((vector_size(DUET_LANES * sizeof(int32_t))));

/** Swaps the off-diagonal quarters of each square of 2 * step rows and lanes. */
template <int step>
inline __attribute__((always_inline)) void swapQuarters(Vec (&rows)[lanes]) {
    Lanes upper, lower;  // which lanes of a pair of rows the pair's upper and lower row get
    for (int j = 0; j < lanes; j++) {
        upper[j] = j & step ? lanes + j - step : j;
        lower[j] = j & step ? lanes + j : j + step;
    }
#pragma GCC unroll 16
    for (int i = 0; i < lanes; i++) {
        if (i & step) continue;
        Vec row = rows[i];
        rows[i] = __builtin_shuffle(row, rows[i + step], upper);
        rows[i + step] = __builtin_shuffle(row, rows[i + step], lower);
    }
}

/** target (lanes, lanes) words = rows transposed, in registers: whole cache lines with 16 lanes. */
inline __attribute__((always_inline)) void storeTransposed(Vec (&rows)[lanes], float* target, long stride) {
    swapQuarters<1>(rows);
    swapQuarters<2>(rows);
    if constexpr (lanes > 4) swapQuarters<4>(rows);
    if constexpr (lanes > 8) swapQuarters<8>(rows);
#pragma GCC unroll 16
    for (int i = 0; i < lanes; i++) store(target + i * stride, rows[i]);
}

/** target (lanes, lanes) = source (lanes, lanes) transposed. */
inline void transposeTile(const float* source, long sourceStride, float* target, long targetStride) {
    Vec rows[lanes];
#pragma GCC unroll 16
    for (int i = 0; i < lanes; i++) rows[i] = load(source + i * sourceStride);
    storeTransposed(rows, target, targetStride);
}

/** target (lanes, lanes) = pairs of source (lanes, 2 * lanes) transposed. */
inline void transposePairTile(const float* source, long sourceStride, WordPair* target, long targetStride) {
    Vec rows[lanes];
#pragma GCC unroll 16
    for (int i = 0; i < lanes; i++) {
        const float* row = source + i * sourceStride;
        Halves pairs[2] = {narrow(load(row)), narrow(load(row + lanes))};
        std::memcpy(&rows[i], pairs, sizeof rows[i]);
    }
    storeTransposed(rows, reinterpret_cast<float*>(target), targetStride);
}

}  // namespace

void narrow(int64_t source, int64_t target, int64_t count) {
    const float* from = at<float>(source);
    uint16_t* to = at<uint16_t>(target);
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) store(bfloat16Type, to, i, load(from + i));
    for (; i < count; i++) to[i] = narrow(from[i]);
}

void transpose(int64_t source, int64_t target, int rows, int columns, int begin, int end) {
    int tiledRows = rows / lanes * lanes;
    int tiledColumns = columns / lanes * lanes;
    for (int block = begin; block < end; block++) {
        const float* s = at<float>(source) + static_cast<long>(block) * rows * columns;
        float* t = at<float>(target) + static_cast<long>(block) * rows * columns;
        for (int c = 0; c < tiledColumns; c += lanes) {
            for (int r = 0; r < tiledRows; r += lanes) {
                transposeTile(s + static_cast<long>(r) * columns + c, columns, t + static_cast<long>(c) * rows + r, rows);
            }
        }
        for (int r = 0; r < rows; r++) {
            for (int c = r < tiledRows ? tiledColumns : 0; c < columns; c++) {
                t[static_cast<long>(c) * rows + r] = s[static_cast<long>(r) * columns + c];
            }
        }
    }
}

void pairRows(int64_t source, int64_t target, int rows, int columns, int begin, int end) {
    long first = static_cast<long>(begin) * rows;
    long last = static_cast<long>(end) * rows;
    for (long row = first; row < last; row += 2) {
        const float* s = at<float>(source) + row * columns;
        WordPair* t = at<WordPair>(target) + row / 2 * columns;
        int c = 0;
        for (; c + lanes <= columns; c += lanes) {
            Words pairs = loadBits(float32Type, s, c) | loadBits(float32Type, s, columns + c) << 16;
            *reinterpret_cast<UnalignedWords*>(t + c) = pairs;
        }
        for (; c < columns; c++) t[c] = roundBits<uint32_t>(s[c]) | roundBits<uint32_t>(s[columns + c]) << 16;
    }
}

void transposePairs(int64_t source, int64_t target, int rows, int columns, int begin, int end) {
    int words = columns / 2;
    int tiledRows = rows / lanes * lanes;
    int tiledWords = words / lanes * lanes;
    for (int block = begin; block < end; block++) {
        const float* s = at<float>(source) + static_cast<long>(block) * rows * columns;
        WordPair* t = at<WordPair>(target) + static_cast<long>(block) * rows * words;
        for (int c = 0; c < tiledWords; c += lanes) {
            for (int r = 0; r < tiledRows; r += lanes) {
                transposePairTile(s + static_cast<long>(r) * columns + 2 * c, columns, t + static_cast<long>(c) * rows + r, rows);
            }
        }
        for (int r = 0; r < rows; r++) {
            for (int c = r < tiledRows ? tiledWords : 0; c < words; c++) {
                const float* pair = s + static_cast<long>(r) * columns + 2 * c;
                t[static_cast<long>(c) * rows + r] = roundBits<uint32_t>(pair[0]) | roundBits<uint32_t>(pair[1]) << 16;
            }
        }
    }
}

namespace {

template <typename Element>
void addRows(Element* d, const Element* gate, float* sums, int64_t rows, int columns) {
    for (int c = 0; c < columns; c++) sums[c] = 0;
    for (int64_t row = 0; row < rows; row++) {
        Element* gradient = d + row * columns;
        if (gate != nullptr) {
            const Element* output = gate + row * columns;
            for (int c = 0; c < columns; c++) gradient[c] = get(output + c) > 0 ? gradient[c] : Element(0);
        }
        for (int c = 0; c < columns; c++) sums[c] += get(gradient + c);
    }
}

}  // namespace

void biasGradient(int type, int64_t d, int64_t gate, int64_t biasGradient, int64_t rows, int columns) {
    if (type == float32Type) {
        addRows(at<float>(d), at<float>(gate), at<float>(biasGradient), rows, columns);
    } else {
        addRows(at<uint16_t>(d), at<uint16_t>(gate), at<float>(biasGradient), rows, columns);
    }
}

void normal(int64_t seed, int step, int64_t first, int64_t count, int64_t out) {
    float* target = at<float>(out);
    forNormals(seed, streamNoise, step, first, count, [=](int64_t i, float draw) { target[i] = draw; });
}

namespace {

/** sum[i] = the shards' gradients number begin + i, added in the shards' order; whole vectors of them. */
void sumShards(float* sum, const int64_t* gradients, int shards, int64_t begin, int64_t count) {
    for (int64_t i = 0; i < count; i += lanes) {
        Vec total = load(at<float>(gradients[0]) + begin + i);
        for (int shard = 1; shard < shards; shard++) total += load(at<float>(gradients[shard]) + begin + i);
        store(sum + i, total);
    }
}

}  // namespace

void adam(int64_t value, int64_t m, int64_t v, int64_t gradients, int shards, int64_t begin, int64_t end, double beta1,
          double beta2, double epsilon, double learningRate, int step) {
    AdamScalars scalars = adamScalars(beta1, beta2, epsilon, learningRate, static_cast<uint32_t>(step));
    constexpr int64_t chunk = 512;
    alignas(64) float gradient[chunk];
    for (int64_t first = begin; first < end; first += chunk) {
        int64_t count = first + chunk < end ? chunk : end - first;
        sumShards(gradient, at<int64_t>(gradients), shards, first, count);
        float* __restrict w = at<float>(value) + first;
        float* __restrict mean = at<float>(m) + first;
        float* __restrict square = at<float>(v) + first;
        for (int64_t i = 0; i < count; i++) adamUpdate(scalars, gradient[i], w[i], mean[i], square[i]);
    }
}

}  // namespace DUET_ISA
}  // namespace duet
