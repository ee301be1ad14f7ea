// Random changes of images and their adjoint: docs/design.md E15; the formulas are in kernels/math/augment.h.
#include "../kernels/math/augment.h"

#include "kernels_isa.h"
#include "normals.h"

namespace duet {
namespace DUET_ISA {
namespace {

constexpr int maxChannels = 4;  // Java allows at most as many
constexpr int chunk = 64;       // pixels at a time

/** The taps of up to chunk pixels of one row of the result. */
struct RowTaps {
    alignas(64) int32_t offset[chunk];  // of the first tap in the image
    alignas(64) int32_t right[chunk];   // from there to the tap on its right: 0 at the edge
    alignas(64) int32_t down[chunk];    // and to the one below
    alignas(64) float weight[4][chunk]; // first, right, below, below and right
};

void findTaps(const AugmentPlan& p, const Augmentation& a, int x, int y, int count, RowTaps& taps) {
    const int width = static_cast<int>(p.width), height = static_cast<int>(p.height);
    const int channels = static_cast<int>(p.channels);
    const Augmentation own = a;  // so that no store can be to it, and the loop becomes vectors
    for (int i = 0; i < count; i++) {
        Taps t = duet::taps(own, static_cast<float>(x + i), static_cast<float>(y));
        taps.offset[i] = (t.y * width + t.x) * channels;
        taps.right[i] = t.x < width - 1 ? channels : 0;
        taps.down[i] = t.y < height - 1 ? width * channels : 0;
        taps.weight[0][i] = t.weight(0, 0);
        taps.weight[1][i] = t.weight(1, 0);
        taps.weight[2][i] = t.weight(0, 1);
        taps.weight[3][i] = t.weight(1, 1);
    }
}

/** Calls body(first value in the image, count, taps) for each run of pixels of the result. */
template <typename Body>
void forRuns(const AugmentPlan& p, const Augmentation& a, Body body) {
    RowTaps taps;
    for (int y = 0; y < p.height; y++) {
        for (int x = 0; x < p.width; x += chunk) {
            int count = x + chunk < p.width ? chunk : static_cast<int>(p.width) - x;
            findTaps(p, a, x, y, count, taps);
            body((static_cast<long>(y) * p.width + x) * p.channels, count, taps);
        }
    }
}

/** One pixel's channels and what lies behind them. */
typedef float Quad __attribute__((vector_size(16), aligned(4), may_alias));

Quad load(const float* p) { return *reinterpret_cast<const Quad*>(p); }

/** line (count channels) = the run's values; writes up to 12 bytes more. */
void interpolate(const float* image, const RowTaps& taps, int count, int channels, Quad gain, Quad offset,
                 float* line) {
    for (int i = 0; i < count; i++) {
        const float* first = image + taps.offset[i];
        const float* below = first + taps.down[i];
        int right = taps.right[i];
        Quad value = taps.weight[0][i] * load(first) + taps.weight[1][i] * load(first + right) +
                     taps.weight[2][i] * load(below) + taps.weight[3][i] * load(below + right);
        *reinterpret_cast<Quad*>(line + i * channels) = gain * value + offset;
    }
}

/** The adjoint of interpolate, added to dImage. */
template <int channels>
void scatter(float* dImage, const RowTaps& taps, int count, const float* gain, const float* d) {
    for (int i = 0; i < count; i++) {
        float* first = dImage + taps.offset[i];
        float* below = first + taps.down[i];
        int right = taps.right[i];
        for (int c = 0; c < channels; c++) {
            float value = gain[c] * d[i * channels + c];
            first[c] += taps.weight[0][i] * value;
            first[right + c] += taps.weight[1][i] * value;
            below[c] += taps.weight[2][i] * value;
            below[right + c] += taps.weight[3][i] * value;
        }
    }
}

void addNoise(const AugmentPlan& p, int64_t seed, int step, int64_t row, float* image) {
    const float size = static_cast<float>(p.noise);
    const int64_t first = 4 * static_cast<int64_t>(p.firstBlock(row) + firstNoiseBlock);
    forNormals(seed, streamAugment, step, first, p.imageSize(), [=](int64_t i, float draw) { image[i] += size * draw; });
}

}  // namespace

void augment(int64_t plan, int64_t seed, int step, int64_t x, int64_t y) {
    const AugmentPlan& p = *at<const AugmentPlan>(plan);
    const int channels = static_cast<int>(p.channels);
    alignas(64) float line[(chunk + 1) * maxChannels];
    for (int64_t row = 0; row < p.rows; row++) {
        Augmentation a = augmentation(p, static_cast<uint64_t>(seed), static_cast<uint32_t>(step), row);
        Quad gain, offset;
        for (int c = 0; c < maxChannels; c++) {
            gain[c] = a.gain(c);
            offset[c] = a.offset(c);
        }
        const float* image = at<float>(x) + row * p.imageSize();
        float* result = at<float>(y) + row * p.imageSize();
        forRuns(p, a, [&](long begin, int count, const RowTaps& taps) {
            interpolate(image, taps, count, channels, gain, offset, line);
            for (int i = 0; i < count * channels; i++) result[begin + i] = line[i];
        });
        if (p.noise > 0) addNoise(p, seed, step, row, result);
    }
}

void augmentBackward(int64_t plan, int64_t seed, int step, int64_t dy, int64_t dx) {
    const AugmentPlan& p = *at<const AugmentPlan>(plan);
    for (int64_t row = 0; row < p.rows; row++) {
        Augmentation a = augmentation(p, static_cast<uint64_t>(seed), static_cast<uint32_t>(step), row);
        float gain[maxChannels];
        for (int c = 0; c < maxChannels; c++) gain[c] = a.gain(c);
        const float* d = at<float>(dy) + row * p.imageSize();
        float* dImage = at<float>(dx) + row * p.imageSize();
        for (int64_t i = 0; i < p.imageSize(); i++) dImage[i] = 0;
        forRuns(p, a, [&](long begin, int count, const RowTaps& taps) {
            switch (p.channels) {
                case 1: scatter<1>(dImage, taps, count, gain, d + begin); break;
                case 2: scatter<2>(dImage, taps, count, gain, d + begin); break;
                case 3: scatter<3>(dImage, taps, count, gain, d + begin); break;
                default: scatter<4>(dImage, taps, count, gain, d + begin);
            }
        });
    }
}

}  // namespace DUET_ISA
}  // namespace duet
