// Group normalisation: docs/design.md E13. Images NHWC, each a matrix (area, channels), whose groups are runs of columns;
// rows (B, C) are images of one pixel. Grid: x over images, y over groups, one block for a group of an image.
#include "math/norm.h"
#include "tile.cuh"

namespace duet {

struct NormShape {
    int images, area, channels, groups;

    DUET_DEVICE int groupChannels() const { return channels / groups; }
    DUET_DEVICE float count() const { return static_cast<float>(area) * static_cast<float>(groupChannels()); }
    /** Offset of a group of an image. */
    DUET_DEVICE int64_t first(int image, int group) const {
        return static_cast<int64_t>(image) * area * channels + group * groupChannels();
    }
    DUET_DEVICE int64_t statistic(int image, int group) const { return static_cast<int64_t>(image) * groups + group; }
};

/** Sum of x over the block, in all threads. All threads call it. */
DUET_DEVICE float blockTotal(float x) {
    __shared__ float total;
    float sum = blockSum(x);  // the last call's total has been read when its barriers are passed
    if (threadIdx.x == 0) total = sum;
    __syncthreads();
    return total;
}

/** Calls body(offset) for this thread's packs of a tile of columns of a group. */
template <int n, typename Body>
DUET_DEVICE void forPixels(const NormShape& shape, const Tile<n>& tile, int number, Body body) {
    if (!tile.holds(number)) return;
#pragma unroll 1
    for (int row = tile.row; row < shape.area; row += tile.down) {
        body(static_cast<int64_t>(row) * shape.channels + tile.column(number));
    }
}

/** Calls body(offset, column) for this thread's packs of a group. */
template <int n, typename Body>
DUET_DEVICE void forGroup(const NormShape& shape, const Tile<n>& tile, Body body) {
#pragma unroll 1
    for (int number = 0; number < tile.count(); number++) {
        forPixels(shape, tile, number, [&](int64_t at) { body(at, tile.column(number)); });
    }
}

/** n entries of an array over channels; value for all of them if there is none. */
template <int n>
DUET_DEVICE Pack<float, n> channelPack(const float* values, int channel, float value) {
    if (values != nullptr) return loadPack<n>(values + channel);
    Pack<float, n> pack;
#pragma unroll
    for (int k = 0; k < n; k++) pack.at[k] = value;
    return pack;
}

/** Mean and inverse deviation of the group at x, in all threads. */
template <int n, typename T>
DUET_DEVICE NormGroup statistics(const NormShape& shape, const Tile<n>& tile, const T* x) {
    float sum = 0;
    forGroup(shape, tile, [&](int64_t at, int) {
        Pack<float, n> values = loadFloats<n>(x + at);
#pragma unroll
        for (int k = 0; k < n; k++) sum += values.at[k];
    });
    float mean = blockTotal(sum) / shape.count(), differences = 0, squares = 0;
    forGroup(shape, tile, [&](int64_t at, int) {
        Pack<float, n> values = loadFloats<n>(x + at);
#pragma unroll
        for (int k = 0; k < n; k++) {
            float difference = values.at[k] - mean;
            differences += difference;
            squares += difference * difference;
        }
    });
    differences = blockTotal(differences);
    return normGroup(mean, differences, blockTotal(squares), shape.count());
}

/** Calls body(image, group) for the groups that belong to this block. */
template <typename Body>
DUET_DEVICE void forGroups(const NormShape& shape, Body body) {
    forRowsOfGrid(shape.groups, [&](int group) {
#pragma unroll 1
        for (int image = static_cast<int>(blockIdx.x); image < shape.images; image += static_cast<int>(gridDim.x)) {
            body(image, group);
        }
    });
}

template <int n, typename T>
DUET_DEVICE void normForward(const NormShape& shape, const T* x, const float* weight, const float* bias, T* y,
                             NormGroup* kept, bool relu) {
    Tile<n> tile(shape.groupChannels());
    forGroups(shape, [&](int image, int group) {
        const T* from = x + shape.first(image, group);
        T* to = y + shape.first(image, group);
        NormGroup g = statistics(shape, tile, from);
        if (threadIdx.x == 0) kept[shape.statistic(image, group)] = g;
        forGroup(shape, tile, [&](int64_t at, int column) {
            int channel = group * shape.groupChannels() + column;
            Pack<float, n> w = channelPack<n>(weight, channel, 1.0f), b = channelPack<n>(bias, channel, 0.0f);
            Pack<float, n> values = loadFloats<n>(from + at);
#pragma unroll
            for (int k = 0; k < n; k++) {
                float value = normalised(values.at[k], g.mean, g.inverse * w.at[k], b.at[k]);
                values.at[k] = relu && value < 0 ? 0.0f : value;
            }
            storeFloats<n>(to + at, values);
        });
    });
}

/** What a block reads of one group of an image for its backward. */
template <typename T>
struct NormInputs {
    const T *x, *y, *dy;  // y null without ReLU
    NormGroup group;

    /** dy where y is positive. */
    template <int n>
    DUET_DEVICE Pack<float, n> gated(int64_t at) const {
        Pack<float, n> d = loadFloats<n>(dy + at);
        if (y == nullptr) return d;
        Pack<float, n> output = loadFloats<n>(y + at);
#pragma unroll
        for (int k = 0; k < n; k++) {
            if (!(output.at[k] > 0)) d.at[k] = 0;
        }
        return d;
    }
};

/** Adds a tile's sums of dy and dy * xHat to this block's partial sums, in the threads of row 0. All threads call it. */
template <int n>
DUET_DEVICE void keepChannels(const Tile<n>& tile, int number, Pack<float, n> sum, Pack<float, n> product, float inverse,
                              float* dWeight, float* dBias) {
    sum = sumDown(sum, tile);
    product = sumDown(product, tile);
    if (tile.row > 0 || !tile.holds(number)) return;
    int column = tile.column(number);
#pragma unroll
    for (int k = 0; k < n; k++) {
        dBias[column + k] += sum.at[k];
        dWeight[column + k] += inverse * product.at[k];
    }
}

/**
 * The group's sums of weight * dy and weight * dy * (x - mean), in all threads; weight of the group's first channel on, or
 * null. The channels' own sums go to dWeight and dBias, unless those are null.
 */
template <int n, typename T>
DUET_DEVICE NormGradient sums(const NormShape& shape, const Tile<n>& tile, const NormInputs<T>& in, const float* weight,
                              float* dWeight, float* dBias) {
    float total = 0, totalProduct = 0;
#pragma unroll 1
    for (int number = 0; number < tile.count(); number++) {
        Pack<float, n> sum = {}, product = {};
        forPixels(shape, tile, number, [&](int64_t at) {
            Pack<float, n> d = in.template gated<n>(at), values = loadFloats<n>(in.x + at);
#pragma unroll
            for (int k = 0; k < n; k++) {
                sum.at[k] += d.at[k];
                product.at[k] += d.at[k] * (values.at[k] - in.group.mean);
            }
        });
        if (tile.holds(number)) {
            Pack<float, n> w = channelPack<n>(weight, tile.column(number), 1.0f);
#pragma unroll
            for (int k = 0; k < n; k++) {
                total += w.at[k] * sum.at[k];
                totalProduct += w.at[k] * product.at[k];
            }
        }
        if (dWeight != nullptr) keepChannels(tile, number, sum, product, in.group.inverse, dWeight, dBias);
    }
    total = blockTotal(total);
    return normGradient(in.group, total, blockTotal(totalProduct), shape.count());
}

template <int n, typename T>
DUET_DEVICE void inputGradient(const NormShape& shape, const Tile<n>& tile, const NormInputs<T>& in, const float* weight,
                               NormGradient gradient, T* dx) {
    forGroup(shape, tile, [&](int64_t at, int column) {
        Pack<float, n> w = channelPack<n>(weight, column, 1.0f);
        Pack<float, n> d = in.template gated<n>(at), values = loadFloats<n>(in.x + at);
#pragma unroll
        for (int k = 0; k < n; k++) {
            d.at[k] = normalisedDx(d.at[k], values.at[k], in.group.mean, in.group.inverse * w.at[k], gradient.offset,
                                   gradient.slope);
        }
        storeFloats<n>(dx + at, d);
    });
}

/** Sets this block's partial sums of a group to 0, each by the thread that adds to it. */
template <int n>
DUET_DEVICE void clear(const Tile<n>& tile, float* dWeight, float* dBias) {
#pragma unroll 1
    for (int number = 0; number < tile.count(); number++) {
        if (tile.row > 0 || !tile.holds(number)) continue;
#pragma unroll
        for (int k = 0; k < n; k++) dWeight[tile.column(number) + k] = dBias[tile.column(number) + k] = 0;
    }
}

template <int n, typename T>
DUET_DEVICE void normBackward(const NormShape& shape, const T* x, const T* y, const T* dy, const float* weight,
                              const NormGroup* kept, T* dx, float* dWeight, float* dBias, float* partials,
                              unsigned* counters) {
    Tile<n> tile(shape.groupChannels());
    const int rows = static_cast<int>(gridDim.x);
    float* biasPartials = partials + static_cast<int64_t>(rows) * shape.channels;
    forRowsOfGrid(shape.groups, [&](int group) {
        int channel = group * shape.groupChannels();
        const float* w = weight == nullptr ? nullptr : weight + channel;
        int64_t own = static_cast<int64_t>(blockIdx.x) * shape.channels + channel;
        float* partWeight = dWeight == nullptr ? nullptr : partials + own;
        if (dWeight != nullptr) clear(tile, partWeight, biasPartials + own);
#pragma unroll 1
        for (int image = static_cast<int>(blockIdx.x); image < shape.images; image += rows) {
            int64_t first = shape.first(image, group);
            NormInputs<T> in = {x + first, y == nullptr ? nullptr : y + first, dy + first,
                                kept[shape.statistic(image, group)]};
            NormGradient gradient = sums(shape, tile, in, w, partWeight, biasPartials + own);
            if (dx != nullptr) inputGradient(shape, tile, in, w, gradient, dx + first);
        }
    });
    if (dWeight == nullptr || !isLastBlock(counters + blockIdx.y, gridDim.x)) return;
    forRowsOfGrid(shape.groups, [&](int group) {
        int first = group * shape.groupChannels();
        sumColumns(dWeight, partials, rows, shape.channels, first, shape.groupChannels());
        sumColumns(dBias, biasPartials, rows, shape.channels, first, shape.groupChannels());
    });
}

template <typename T>
DUET_DEVICE bool inPacks(const NormShape& shape, const T* x, const T* y, const float* weight, const float* bias) {
    return shape.groupChannels() % packed<T> == 0 && aligned(x) && aligned(y) && aligned(weight) && aligned(bias);
}

template <typename T>
DUET_DEVICE void normForward(const NormShape& shape, const T* x, const float* weight, const float* bias, T* y,
                             NormGroup* kept, int relu) {
    if (inPacks(shape, x, y, weight, bias)) {
        normForward<packed<T>>(shape, x, weight, bias, y, kept, relu != 0);
    } else {
        normForward<1>(shape, x, weight, bias, y, kept, relu != 0);
    }
}

template <typename T>
DUET_DEVICE void normBackward(const NormShape& shape, const T* x, const T* y, const T* dy, const float* weight,
                              const NormGroup* kept, T* dx, float* dWeight, float* dBias, float* partials,
                              unsigned* counters) {
    if (inPacks(shape, x, y, weight, nullptr) && aligned(dy) && aligned(dx)) {
        normBackward<packed<T>>(shape, x, y, dy, weight, kept, dx, dWeight, dBias, partials, counters);
    } else {
        normBackward<1>(shape, x, y, dy, weight, kept, dx, dWeight, dBias, partials, counters);
    }
}

}  // namespace duet

using namespace duet;

/**
 * y = activation(xHat * weight + bias), x and y (images, area, channels); weight and bias (channels) may be null. kept
 * (images, groups) gets mean and inverse deviation.
 */
DUET_KERNEL norm_f32(const float* x, const float* weight, const float* bias, float* y, NormGroup* kept, int images,
                     int area, int channels, int groups, int relu) {
    normForward({images, area, channels, groups}, x, weight, bias, y, kept, relu);
}

DUET_KERNEL norm_bf16(const bf16* x, const float* weight, const float* bias, bf16* y, NormGroup* kept, int images,
                      int area, int channels, int groups, int relu) {
    normForward({images, area, channels, groups}, x, weight, bias, y, kept, relu);
}

/**
 * Its gradients, overwritten: dx unless null, dWeight and dBias (channels) unless both are null. y is null without ReLU.
 * partials (2, gridDim.x, channels), counters (gridDim.y).
 */
DUET_KERNEL norm_backward_f32(const float* x, const float* y, const float* dy, const float* weight,
                              const NormGroup* kept, float* dx, float* dWeight, float* dBias, float* partials,
                              unsigned* counters, int images, int area, int channels, int groups) {
    normBackward({images, area, channels, groups}, x, y, dy, weight, kept, dx, dWeight, dBias, partials, counters);
}

DUET_KERNEL norm_backward_bf16(const bf16* x, const bf16* y, const bf16* dy, const float* weight, const NormGroup* kept,
                               bf16* dx, float* dWeight, float* dBias, float* partials, unsigned* counters, int images,
                               int area, int channels, int groups) {
    normBackward({images, area, channels, groups}, x, y, dy, weight, kept, dx, dWeight, dBias, partials, counters);
}
