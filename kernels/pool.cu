// Max-pooling of images NHWC, windows side by side. Grid: one thread per 16 bytes of channels of a window.
#include "device.cuh"
#include "math/pool.h"

namespace duet {

/** Windows of size x size pixels of images (height, width, channels). */
struct Windows {
    int height, width, channels, size;

    DUET_DEVICE int64_t pixel(int image, int row, int column) const {
        return ((static_cast<int64_t>(image) * height + row) * width + column) * channels;
    }
};

/** One window's channels in 16 bytes: image, row and column of windows, and the first channel. */
struct Place {
    int image, row, column, channel;

    /** Number i of all, rows x columns windows an image, packs of n channels fastest. */
    DUET_DEVICE static Place of(int64_t i, int rows, int columns, int packs, int n) {
        uint32_t rest = static_cast<uint32_t>(i);  // fits: tensors have below 2^31 values
        uint32_t pack = rest % packs;
        rest /= packs;
        uint32_t column = rest % columns;
        rest /= columns;
        return {static_cast<int>(rest / rows), static_cast<int>(rest % rows), static_cast<int>(column),
                static_cast<int>(pack) * n};
    }
};

/** The largest of a window's values, and which of its pixels has it. */
template <int n>
struct Largest {
    Pack<float, n> value;
    int pixel[n];
};

template <int n, typename T>
DUET_DEVICE Largest<n> largest(const Windows& w, const Place& place, const T* x) {
    Largest<n> best = {};
#pragma unroll 1
    for (int k = 0; k < w.size * w.size; k++) {
        int row = place.row * w.size + k / w.size, column = place.column * w.size + k % w.size;
        Pack<float, n> values = loadFloats<n>(x + w.pixel(place.image, row, column) + place.channel);
#pragma unroll
        for (int c = 0; c < n; c++) {
            if (k > 0 && !outranks(values.at[c], best.value.at[c])) continue;
            best.value.at[c] = values.at[c];
            best.pixel[c] = k;
        }
    }
    return best;
}

template <int n, typename T>
DUET_DEVICE void pool(const Windows& w, const T* x, T* y, int images) {
    int rows = w.height / w.size, columns = w.width / w.size, packs = w.channels / n;
    forShare(static_cast<int64_t>(images) * rows * columns * packs, [&](int64_t i) {
        storeFloats<n>(y + i * n, largest<n>(w, Place::of(i, rows, columns, packs, n), x).value);
    });
}

/** Also the pixels beyond the last whole windows, whose gradient is 0. */
template <int n, typename T>
DUET_DEVICE void poolBackward(const Windows& w, const T* x, const T* dy, T* dx, int images) {
    int rows = w.height / w.size, columns = w.width / w.size, packs = w.channels / n;
    int allRows = (w.height + w.size - 1) / w.size, allColumns = (w.width + w.size - 1) / w.size;
    forShare(static_cast<int64_t>(images) * allRows * allColumns * packs, [&](int64_t i) {
        Place place = Place::of(i, allRows, allColumns, packs, n);
        bool whole = place.row < rows && place.column < columns;
        Largest<n> best = {};
        Pack<T, n> d = {};
        if (whole) {
            best = largest<n>(w, place, x);
            int64_t window = (static_cast<int64_t>(place.image) * rows + place.row) * columns + place.column;
            d = loadPack<n>(dy + window * w.channels + place.channel);
        }
#pragma unroll 1
        for (int k = 0; k < w.size * w.size; k++) {
            int row = place.row * w.size + k / w.size, column = place.column * w.size + k % w.size;
            if (row >= w.height || column >= w.width) continue;
            Pack<T, n> result;
#pragma unroll
            for (int c = 0; c < n; c++) result.at[c] = whole && best.pixel[c] == k ? d.at[c] : T{};
            storePack<n>(dx + w.pixel(place.image, row, column) + place.channel, result);
        }
    });
}

template <typename T>
DUET_DEVICE void pool(const Windows& w, const T* x, T* y, int images) {
    if (w.channels % packed<T> == 0 && aligned(x) && aligned(y)) {
        pool<packed<T>>(w, x, y, images);
    } else {
        pool<1>(w, x, y, images);
    }
}

template <typename T>
DUET_DEVICE void poolBackward(const Windows& w, const T* x, const T* dy, T* dx, int images) {
    if (w.channels % packed<T> == 0 && aligned(x) && aligned(dy) && aligned(dx)) {
        poolBackward<packed<T>>(w, x, dy, dx, images);
    } else {
        poolBackward<1>(w, x, dy, dx, images);
    }
}

}  // namespace duet

using namespace duet;

/** y (images, height / size, width / size, channels) = the largest of each window of x (images, height, width, channels). */
DUET_KERNEL pool_f32(const float* x, float* y, int images, int height, int width, int channels, int size) {
    pool({height, width, channels, size}, x, y, images);
}

DUET_KERNEL pool_bf16(const bf16* x, bf16* y, int images, int height, int width, int channels, int size) {
    pool({height, width, channels, size}, x, y, images);
}

/** dx = dy where x was the first of its window's largest, else 0. */
DUET_KERNEL pool_backward_f32(const float* x, const float* dy, float* dx, int images, int height, int width,
                              int channels, int size) {
    poolBackward({height, width, channels, size}, x, dy, dx, images);
}

DUET_KERNEL pool_backward_bf16(const bf16* x, const bf16* dy, bf16* dx, int images, int height, int width, int channels,
                               int size) {
    poolBackward({height, width, channels, size}, x, dy, dx, images);
}
