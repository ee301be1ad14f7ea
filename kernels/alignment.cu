// What draws rows together: InfoNCE and cosines, docs/design.md E16 and E17. Grid: a warp per row.
#include "device.cuh"
#include "math/contrast.h"

namespace duet {

/** In all lanes; every lane of the warp calls it. */
DUET_DEVICE float warpSum(float x) {
#pragma unroll
    for (int lanes = warpSize32 / 2; lanes > 0; lanes /= 2) x += __shfl_xor_sync(0xffffffffu, x, lanes);
    return x;
}

DUET_DEVICE float warpLargest(float x) {
#pragma unroll
    for (int lanes = warpSize32 / 2; lanes > 0; lanes /= 2) x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, lanes));
    return x;
}

/** Calls body(i) in all lanes of a warp for that warp's share of 0 to count - 1. */
template <typename Body>
DUET_DEVICE void forShareOfWarp(int count, Body body) {
#pragma unroll 1
    for (int64_t i = threadOfRow() / warpSize32; i < count; i += threadsOfRow() / warpSize32) body(static_cast<int>(i));
}

DUET_DEVICE int lane() { return static_cast<int>(threadIdx.x) % warpSize32; }

/** Rows of a tensor, by their first columns. */
struct RowList {
    const float* first;
    float* gradient;  // null where there is none
    int stride;

    DUET_DEVICE const float* row(int i) const { return first + static_cast<int64_t>(i) * stride; }
    DUET_DEVICE float* gradientOf(int i) const { return gradient + static_cast<int64_t>(i) * stride; }
};

/** Of two rows. */
struct Products {
    float ab, aa, bb;

    DUET_DEVICE float cosine() const { return ab * inverseNorm(aa) * inverseNorm(bb); }
};

/** Over columns from, from + step …: all of them, or a lane's part of them. */
DUET_DEVICE Products products(const float* a, const float* b, int from, int columns, int step) {
    Products sums = {0, 0, 0};
#pragma unroll 1
    for (int k = from; k < columns; k += step) {
        sums.ab += a[k] * b[k];
        sums.aa += a[k] * a[k];
        sums.bb += b[k] * b[k];
    }
    return sums;
}

/** The products of two rows, by all lanes of a warp together. */
DUET_DEVICE Products warpProducts(const float* a, const float* b, int columns) {
    Products part = products(a, b, lane(), columns, warpSize32);
    return {warpSum(part.ab), warpSum(part.aa), warpSum(part.bb)};
}

/** InfoNCE from one side: row i of own is compared with the rows of its group in other. */
struct Side {
    RowList own, other;
    int count, columns, group;
    float inverseTemperature;

    DUET_DEVICE int groupStart(int i) const { return i - i % group; }
    DUET_DEVICE int groupEnd(int i) const {
        int end = groupStart(i) + group;
        return end < count ? end : count;
    }

    /** log of the sum of exp(similarity) over the group; partner: the similarity with the row that row i belongs to. */
    DUET_DEVICE float logSum(int i, float& partner) const {
        float largest = bitsFloat(static_cast<int32_t>(0xff800000u));  // minus infinity
        float sum = 0, mine = 0;
#pragma unroll 1
        for (int j = groupStart(i) + lane(); j < groupEnd(i); j += warpSize32) {
            float s = inverseTemperature * products(own.row(i), other.row(j), 0, columns, 1).cosine();
            float higher = fmaxf(largest, s);
            sum = sum * exponential(largest - higher) + exponential(s - higher);
            largest = higher;
            if (j == i) mine = s;
        }
        partner = warpSum(mine);
        float highest = warpLargest(largest);
        return highest + logarithm(warpSum(sum * exponential(largest - highest)));
    }

    /** Adds factor times the gradient of row i of own, from the log sums of all rows of own and of other. */
    DUET_DEVICE void addGradient(int i, float factor, const float* ownLogSums, const float* otherLogSums) const {
        const float* row = own.row(i);
        float inverse = inverseNorm(warpProducts(row, row, columns).aa);
        int start = groupStart(i), end = groupEnd(i);
#pragma unroll 1
        for (int first = 0; first < columns; first += warpSize32) {  // a lane per column
            int column = first + lane();
            float d = 0, along = 0;
#pragma unroll 1
            for (int tile = start; tile < end; tile += warpSize32) {
                int j = tile + lane();
                float slope = 0;  // by the inverse length of row j
                if (j < end) {
                    Products pair = products(row, other.row(j), 0, columns, 1);
                    float g = contrastSlope(inverseTemperature * pair.cosine(), ownLogSums[i], otherLogSums[j], i == j);
                    along += g * pair.cosine();
                    slope = g * inverseNorm(pair.bb);
                }
                int rows = end - tile < warpSize32 ? end - tile : warpSize32;
#pragma unroll 1
                for (int k = 0; k < rows; k++) {
                    float share = __shfl_sync(0xffffffffu, slope, k);
                    if (column < columns) d += share * other.row(tile + k)[column];
                }
            }
            along = warpSum(along);
            if (column < columns) {
                own.gradientOf(i)[column] += factor * unitGradient(d, along, row[column] * inverse, inverse);
            }
        }
    }
};

}  // namespace duet

using namespace duet;

/**
 * terms[0] = InfoNCE both ways of count rows of a (aStride columns) and b, in nats; logSums (2, count): of each row of
 * a, then of each of b. partials (gridDim.x).
 */
DUET_KERNEL contrast_forward(const float* a, const float* b, float* logSums, float* terms, float* partials,
                             unsigned* counter, int aStride, int bStride, int count, int columns, int group,
                             float inverseTemperature) {
    const RowList rowsA = {a, nullptr, aStride}, rowsB = {b, nullptr, bStride};
    float total = 0;
    forShareOfWarp(2 * count, [&](int i) {
        bool second = i >= count;
        Side side = {second ? rowsB : rowsA, second ? rowsA : rowsB, count, columns, group, inverseTemperature};
        float partner;
        float logSum = side.logSum(second ? i - count : i, partner);
        if (lane() != 0) return;
        logSums[i] = logSum;
        total += 0.5f * (logSum - partner);
    });
    float sum = blockSum(total);
    if (threadIdx.x == 0) partials[blockIdx.x] = sum;
    sumPartials(terms, partials, counter, static_cast<int>(gridDim.x), 1);
}

/** Adds factor times the gradients to dA and dB, rows as a's and b's, either of which may be null. */
DUET_KERNEL contrast_backward(const float* a, const float* b, float* dA, float* dB, const float* logSums, int aStride,
                              int bStride, int count, int columns, int group, float inverseTemperature, float factor) {
    const RowList rowsA = {a, dA, aStride}, rowsB = {b, dB, bStride};
    forShareOfWarp(2 * count, [&](int i) {
        bool second = i >= count;
        Side side = {second ? rowsB : rowsA, second ? rowsA : rowsB, count, columns, group, inverseTemperature};
        const float *own = second ? logSums + count : logSums, *other = second ? logSums : logSums + count;
        if (side.own.gradient != nullptr) side.addGradient(second ? i - count : i, factor, own, other);
    });
}

/** terms[0] = sum of 1 - cosine of count rows of a and target. partials (gridDim.x). */
DUET_KERNEL cosine_forward(const float* a, const float* target, float* terms, float* partials, unsigned* counter,
                           int aStride, int targetStride, int count, int columns) {
    const RowList rows = {a, nullptr, aStride}, targets = {target, nullptr, targetStride};
    float total = 0;
    forShareOfWarp(count, [&](int i) {
        float cosine = warpProducts(rows.row(i), targets.row(i), columns).cosine();
        if (lane() == 0) total += 1.0f - cosine;
    });
    float sum = blockSum(total);
    if (threadIdx.x == 0) partials[blockIdx.x] = sum;
    sumPartials(terms, partials, counter, static_cast<int>(gridDim.x), 1);
}

/** Adds weight times the gradient to dA, rows as a's. */
DUET_KERNEL cosine_backward(const float* a, const float* target, float* dA, int aStride, int targetStride, int count,
                            int columns, float weight) {
    const RowList rows = {a, dA, aStride}, targets = {target, nullptr, targetStride};
    forShareOfWarp(count, [&](int i) {
        const float *row = rows.row(i), *other = targets.row(i);
        Products pair = warpProducts(row, other, columns);
        float inverse = inverseNorm(pair.aa), inverseOther = inverseNorm(pair.bb);
#pragma unroll 1
        for (int k = lane(); k < columns; k += warpSize32) {
            float d = unitGradient(other[k] * inverseOther, pair.cosine(), row[k] * inverse, inverse);
            rows.gradientOf(i)[k] -= weight * d;
        }
    });
}
