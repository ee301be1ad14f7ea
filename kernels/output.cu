// A decoder's last layer, a transposed convolution to few channels, from its matrix product to the loss: the logits
// never reach memory. Grid: y over blocks (rows of terms), x over a block's values, 4 per thread.
#include "judge.cuh"

namespace duet {

/** A transposed convolution's geometry (H, W, C: of its fine images) with what its product left: see output_f32. */
template <typename T>
struct Contributions {
    const T* products;  // (images, coarse H, coarse W, k, k, C)
    const float* bias;  // (C)
    int coarseHeight, coarseWidth, height, width, channels, kernel, stride, padding;

    /** n logits in one row of the images (images, H, W, C), those from i on: all that reaches their pixels. */
    template <int n>
    DUET_DEVICE Pack<float, n> logits(uint32_t i) const {
        uint32_t rowSize = static_cast<uint32_t>(width * channels);
        uint32_t row = i / rowSize, image = row / height, column = i - row * rowSize;
        uint32_t y = row - image * height + padding;
        Pack<float, n> result;
#pragma unroll
        for (int k = 0; k < n; k++) {
            uint32_t x = (column + k) / channels;
            result.at[k] = logit(image, y, x + padding, column + k - x * channels);
        }
        return result;
    }

    /** x and y count from the padding's edge on. A position further left reaches the pixel by a tap further right. */
    DUET_DEVICE float logit(uint32_t image, uint32_t y, uint32_t x, uint32_t c) const {
        float sum = bias[c];
        int coarseY = static_cast<int>(y / stride), firstX = static_cast<int>(x / stride);
#pragma unroll 1
        for (int ky = static_cast<int>(y % stride); ky < kernel && coarseY >= 0; ky += stride, coarseY--) {
            if (coarseY >= coarseHeight) continue;
            int64_t line = static_cast<int64_t>(image) * coarseHeight + coarseY;
            int coarseX = firstX;
#pragma unroll 1
            for (int kx = static_cast<int>(x % stride); kx < kernel && coarseX >= 0; kx += stride, coarseX--) {
                if (coarseX >= coarseWidth) continue;
                int64_t tap = ((line * coarseWidth + coarseX) * kernel + ky) * kernel + kx;
                sum += toFloat(products[tap * channels + c]);
            }
        }
        return sum;
    }
};

template <typename T>
DUET_DEVICE void output(const Judgement<T>& j, const Contributions<T>& contributions, float* terms, float* partials,
                        unsigned* counter) {
    bool wide = j.takes(4) && contributions.width * contributions.channels % 4 == 0;
    j.sum(terms, partials, counter, [&](const Block<T>& b, int number) {
        int64_t first = number * j.size;  // below 2^31, as all tensors
        auto four = [&](int64_t i) { return contributions.template logits<4>(static_cast<uint32_t>(first + i)); };
        auto one = [&](int64_t i) { return contributions.template logits<1>(static_cast<uint32_t>(first + i)); };
        return wide ? judgeBlock<4>(j.kind, b, j.size, four) : judgeBlock<1>(j.kind, b, j.size, one);
    });
}

}  // namespace duet

using namespace duet;

/**
 * A decoder's last layer and its likelihood, from the layer's matrix product: contributions (blocks rows coarseHeight
 * coarseWidth, kernel, kernel, channels) are what each position of the layer's input gives to the fine pixels around
 * it, that is source (positions, coarse channels) times weight (coarse channels, kernel kernel channels). The logits
 * (blocks, rows, height, width, channels) stay in registers; target (rows, height, width, channels); the rest as for
 * likelihood_f32.
 */
DUET_KERNEL output_f32(int kind, float inverseScale, float logNormaliser, const float* weights,
                       const float* contributions, const float* bias, const float* target, float* mean, float* dLogits,
                       float* terms, float* partials, unsigned* counter, int blocks, int rows, int coarseHeight,
                       int coarseWidth, int height, int width, int channels, int kernel, int stride, int padding) {
    int64_t size = static_cast<int64_t>(rows) * height * width * channels;
    output<float>({kind, inverseScale, logNormaliser, weights, target, mean, dLogits, blocks, size},
                  {contributions, bias, coarseHeight, coarseWidth, height, width, channels, kernel, stride, padding},
                  terms, partials, counter);
}

/** As output_f32, with contributions and dLogits stored in bf16. */
DUET_KERNEL output_bf16(int kind, float inverseScale, float logNormaliser, const float* weights,
                        const bf16* contributions, const float* bias, const float* target, float* mean, bf16* dLogits,
                        float* terms, float* partials, unsigned* counter, int blocks, int rows, int coarseHeight,
                        int coarseWidth, int height, int width, int channels, int kernel, int stride, int padding) {
    int64_t size = static_cast<int64_t>(rows) * height * width * channels;
    output<bf16>({kind, inverseScale, logNormaliser, weights, target, mean, dLogits, blocks, size},
                  {contributions, bias, coarseHeight, coarseWidth, height, width, channels, kernel, stride, padding},
                  terms, partials, counter);
}
