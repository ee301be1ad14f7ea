// Where tensors meet and part: sums, gradients of sums, columns side by side, zeros. Grid: one thread per 16 bytes.
#include "device.cuh"

namespace duet {

/** Calls packs(i) for the first value i of each pack of n, if whole says so, and single(i) for the values left over. */
template <int n, typename Packs, typename Single>
DUET_DEVICE void forValues(int64_t count, bool whole, Packs packs, Single single) {
    int64_t most = whole ? count / n : 0;
    forShare(most, [&](int64_t i) { packs(i * n); });
    forShare(count - most * n, [&](int64_t i) { single(most * n + i); });
}

template <int n, typename T>
DUET_DEVICE void addAt(const T* a, const T* b, T* y, int64_t i, bool relu) {
    Pack<float, n> sum = loadFloats<n>(a + i), other = loadFloats<n>(b + i);
#pragma unroll
    for (int k = 0; k < n; k++) {
        float value = sum.at[k] + other.at[k];
        sum.at[k] = relu && value < 0 ? 0.0f : value;
    }
    storeFloats<n>(y + i, sum);
}

template <typename T>
DUET_DEVICE void add(const T* a, const T* b, T* y, int64_t count, int relu) {
    forValues<packed<T>>(
        count, aligned(a) && aligned(b) && aligned(y), [&](int64_t i) { addAt<packed<T>>(a, b, y, i, relu != 0); },
        [&](int64_t i) { addAt<1>(a, b, y, i, relu != 0); });
}

template <int n, typename T>
DUET_DEVICE void addBackwardAt(const T* y, const T* dy, T* da, T* db, int64_t i) {
    Pack<T, n> d = loadPack<n>(dy + i);
    if (y != nullptr) {
        Pack<T, n> output = loadPack<n>(y + i);
#pragma unroll
        for (int k = 0; k < n; k++) {
            if (!(toFloat(output.at[k]) > 0)) d.at[k] = T{};
        }
    }
    if (da != nullptr) storePack<n>(da + i, d);
    if (db != nullptr) storePack<n>(db + i, d);
}

template <typename T>
DUET_DEVICE void addBackward(const T* y, const T* dy, T* da, T* db, int64_t count) {
    forValues<packed<T>>(
        count, aligned(y) && aligned(dy) && aligned(da) && aligned(db),
        [&](int64_t i) { addBackwardAt<packed<T>>(y, dy, da, db, i); },
        [&](int64_t i) { addBackwardAt<1>(y, dy, da, db, i); });
}

}  // namespace duet

using namespace duet;

/** y = a + b, through ReLU if relu is not 0; y may be a. */
DUET_KERNEL add_f32(const float* a, const float* b, float* y, long long count, int relu) { add(a, b, y, count, relu); }

DUET_KERNEL add_bf16(const bf16* a, const bf16* b, bf16* y, long long count, int relu) { add(a, b, y, count, relu); }

/** da = db = dy, 0 where y is not positive; y is null without ReLU, da and db may be null. */
DUET_KERNEL add_backward_f32(const float* y, const float* dy, float* da, float* db, long long count) {
    addBackward(y, dy, da, db, count);
}

DUET_KERNEL add_backward_bf16(const bf16* y, const bf16* dy, bf16* da, bf16* db, long long count) {
    addBackward(y, dy, da, db, count);
}

/** The first columns of the rows of target (rows, targetColumns) = those of source (rows, sourceColumns). */
DUET_KERNEL copy_columns(const float* source, int sourceColumns, float* target, int targetColumns, int rows,
                         int columns) {
    forShare(static_cast<int64_t>(rows) * columns, [&](int64_t i) {
        int64_t row = i / columns, column = i - row * columns;
        target[row * targetColumns + column] = source[row * sourceColumns + column];
    });
}

/** Zeros. */
DUET_KERNEL zero(unsigned char* target, long long bytes) {
    forValues<16>(
        bytes, aligned(target), [&](int64_t i) { storePack<16>(target + i, Pack<unsigned char, 16>{}); },
        [&](int64_t i) { target[i] = 0; });
}
