// Patches of images with few channels, so that a convolution is one matrix product: (positions, k k C) times (k k C,
// out). Grid: 4 values of the patches per thread, at most 1024 blocks.
#include "device.cuh"

namespace duet {

/** Geometry of a convolution over images (images, height, width, channels). */
struct Convolution {
    int images, height, width, channels, coarseHeight, coarseWidth, kernel, stride, padding;

    /** Values that lie side by side in a patch and in the image: a row of the kernel. */
    DUET_DEVICE uint32_t run() const { return static_cast<uint32_t>(kernel * channels); }
    DUET_DEVICE uint32_t runs() const { return static_cast<uint32_t>(images) * coarseHeight * coarseWidth * kernel; }
};

/** Part of a row of an image: values from offset on, which may lie outside of 0 to length - 1, in the padding. */
template <typename T>
struct Run {
    const T* row;
    int offset, length;

    DUET_DEVICE Run(const T* images, const Convolution& c, uint32_t number) {
        uint32_t position = number / c.kernel, coarseRow = position / c.coarseWidth, image = coarseRow / c.coarseHeight;
        uint32_t coarseY = coarseRow - image * c.coarseHeight, coarseX = position - coarseRow * c.coarseWidth;
        int y = static_cast<int>(coarseY * c.stride + (number - position * c.kernel)) - c.padding;
        int x = static_cast<int>(coarseX * c.stride) - c.padding;
        length = y >= 0 && y < c.height ? c.width * c.channels : 0;
        row = images + (static_cast<int64_t>(image) * c.height + y) * (c.width * c.channels);
        offset = x * c.channels;
    }

    DUET_DEVICE float at(int i) const {
        return offset + i >= 0 && offset + i < length ? toFloat(row[offset + i]) : 0.0f;
    }
};

/** n values per thread, n dividing a run. */
template <int n, typename From, typename To>
DUET_DEVICE void patches(const From* fine, To* result, const Convolution& c) {
    uint32_t packs = c.run() / n;  // of a run
    forShare(static_cast<int64_t>(c.runs()) * packs, [&](int64_t i) {
        uint32_t number = static_cast<uint32_t>(i) / packs;  // i fits: tensors have below 2^31 values
        Run<From> run(fine, c, number);
        int first = static_cast<int>((static_cast<uint32_t>(i) - number * packs) * n);
        Pack<float, n> values;
#pragma unroll
        for (int k = 0; k < n; k++) values.at[k] = run.at(first + k);
        storeFloats<n>(result + i * n, values);
    });
}

template <typename From, typename To>
DUET_DEVICE void im2col(const From* fine, To* result, const Convolution& c) {
    if (c.run() % 4 == 0 && aligned(result)) {
        patches<4>(fine, result, c);
    } else {
        patches<1>(fine, result, c);
    }
}

}  // namespace duet

using namespace duet;

/** patches (images, coarseHeight, coarseWidth, kernel, kernel, channels) of fine (images, height, width, channels). */
DUET_KERNEL im2col_f32(const float* fine, float* patches, int images, int height, int width, int channels,
                       int coarseHeight, int coarseWidth, int kernel, int stride, int padding) {
    im2col(fine, patches, {images, height, width, channels, coarseHeight, coarseWidth, kernel, stride, padding});
}

/** As im2col_f32, bf16 from bf16. */
DUET_KERNEL im2col_bf16(const bf16* fine, bf16* patches, int images, int height, int width, int channels,
                        int coarseHeight, int coarseWidth, int kernel, int stride, int padding) {
    im2col(fine, patches, {images, height, width, channels, coarseHeight, coarseWidth, kernel, stride, padding});
}

/** As im2col_f32, bf16 from float: a network's input. */
DUET_KERNEL im2col_f32_bf16(const float* fine, bf16* patches, int images, int height, int width, int channels,
                            int coarseHeight, int coarseWidth, int kernel, int stride, int padding) {
    im2col(fine, patches, {images, height, width, channels, coarseHeight, coarseWidth, kernel, stride, padding});
}
