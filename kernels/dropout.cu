// Dropout: docs/design.md E14. Images NHWC, rows as images of one pixel. Grid: one thread per 4 pixels of a channel, which
// share a Philox block where the draws' numbers allow.
#include "device.cuh"
#include "math/dropout.h"
#include "math/step.h"

namespace duet {

/** Which draw an element has, and what it makes of it. */
struct Draws {
    uint64_t seed, first, threshold;
    uint32_t step;
    float scale;
    bool channels;  // a draw for each channel instead of each element
    uint64_t block;  // number of the Philox block in bits
    uint32_t bits[4];

    /** Factor of the element with this number. */
    DUET_DEVICE float factor(uint64_t draw) {
        if (draw / 4 != block) {
            block = draw / 4;
            philoxBlock(seed, streamDropout, step, block, bits);
        }
        uint32_t k = draw % 4;  // picked without an index, which would put the bits into local memory
        uint32_t low = k & 1 ? bits[1] : bits[0], high = k & 1 ? bits[3] : bits[2];
        return dropoutFactor(k & 2 ? high : low, threshold, scale);
    }
};

template <typename T>
DUET_DEVICE void dropout(Draws draws, const T* x, T* y, int images, int area, int channels) {
    constexpr int pixels = 4;
    int quads = (area + pixels - 1) / pixels;
    forShare(static_cast<int64_t>(images) * quads * channels, [&](int64_t i) {
        uint32_t rest = static_cast<uint32_t>(i);  // fits: tensors have below 2^31 values
        uint32_t channel = rest % channels;
        rest /= channels;
        int pixel = static_cast<int>(rest % quads) * pixels;
        uint64_t image = rest / quads, plane = image * channels + channel;
#pragma unroll
        for (int p = pixel; p < pixel + pixels; p++) {
            if (p >= area) continue;
            float factor = draws.factor(draws.first + (draws.channels ? plane : plane * area + p));
            int64_t at = (static_cast<int64_t>(image) * area + p) * channels + channel;
            store(y[at], toFloat(x[at]) * factor);
        }
    });
}

}  // namespace duet

using namespace duet;

/**
 * y = x * factor, x and y (images, area, channels): 0 where the draw of stream DROPOUT lies below threshold, else scale.
 * Draws from first on of the elements in canonical order or, if whole is not 0, of the channels.
 */
DUET_KERNEL dropout_f32(const StepScalars* step, const float* x, float* y, long long first, long long threshold,
                        float scale, int whole, int images, int area, int channels) {
    Draws draws = {step->seed, static_cast<uint64_t>(first), static_cast<uint64_t>(threshold), step->step, scale,
                   whole != 0, ~0ull, {}};
    dropout(draws, x, y, images, area, channels);
}

DUET_KERNEL dropout_bf16(const StepScalars* step, const bf16* x, bf16* y, long long first, long long threshold,
                         float scale, int whole, int images, int area, int channels) {
    Draws draws = {step->seed, static_cast<uint64_t>(first), static_cast<uint64_t>(threshold), step->step, scale,
                   whole != 0, ~0ull, {}};
    dropout(draws, x, y, images, area, channels);
}
