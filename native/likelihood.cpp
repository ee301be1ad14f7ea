// Likelihoods with their gradients: on given logits, fused with a decoder's last layer, and cross-entropy. The formulas are
// in kernels/math/likelihood.h.
#include "../kernels/math/cross_entropy.h"
#include "../kernels/math/likelihood.h"

#include "elements.h"
#include "kernels_isa.h"
#include "plans.h"
#include "simd.h"

#include <algorithm>

namespace duet {
namespace DUET_ISA {
namespace {

/** A likelihood, its parameters, and the weight of its gradient. */
struct Judge {
    int kind;
    float inverseScale, logNormaliser;
    float weight;

    Judge(int kind, double scale)
        : kind(kind),
          inverseScale(static_cast<float>(1 / scale)),
          logNormaliser(static_cast<float>(__builtin_log(2 * scale))),
          weight(1) {}
};

/** n pixels in memory order; x may be null (means only), then mean is not; mean and dLogits may be null. */
struct Pixels {
    const float *logits, *x;
    float *mean, *dLogits;
};

float* advance(float* p, long n) { return p == nullptr ? nullptr : p + n; }
const float* advance(const float* p, long n) { return p == nullptr ? nullptr : p + n; }

Pixels advance(const Pixels& p, long n) {
    return {p.logits + n, advance(p.x, n), advance(p.mean, n), advance(p.dLogits, n)};
}

/**
 * Sums over pixels: element i of each run of up to chunk pixels goes to sum i, so that no loop over pixels sums across lanes.
 * In float over one image, in double over images.
 */
struct PixelSums {
    static constexpr long chunk = 192;  // a multiple of 1 to 4 channels: sum i stays with one channel
    alignas(64) float nll[chunk] = {};
    alignas(64) float dLogits[chunk] = {};
    alignas(64) double nllOfImages[chunk] = {};
    alignas(64) double dLogitsOfImages[chunk] = {};

    void endImage() {
        for (long i = 0; i < chunk; i++) {
            nllOfImages[i] += nll[i];
            dLogitsOfImages[i] += dLogits[i];
            nll[i] = dLogits[i] = 0;
        }
    }

    /** Nats of all images so far; begins anew. */
    double takeNll() {
        double total = 0;
        for (double& partial : nllOfImages) {
            total += partial;
            partial = 0;
        }
        return total;
    }

    /** Of one channel, if all runs began at channel 0. */
    float gradient(int channel, int channels) const {
        double total = 0;
        for (long i = channel; i < chunk; i += channels) total += dLogitsOfImages[i];
        return static_cast<float>(total);
    }
};

/** Judges at most chunk pixels. */
template <int kind>
void judgeRun(const Judge& judge, const Pixels& p, long n, PixelSums& sums) {
    alignas(64) float unused[PixelSums::chunk];
    const float* logits = p.logits;
    const float* x = p.x;
    float* d = p.dLogits == nullptr ? unused : p.dLogits;
#pragma GCC ivdep
    for (long i = 0; i < n; i++) {
        Pixel pixel = judgePixel<kind>(logits[i], x[i], judge.inverseScale, judge.logNormaliser);
        float gradient = judge.weight * pixel.dLogit;
        d[i] = gradient;
        sums.nll[i] += pixel.nll;
        sums.dLogits[i] += gradient;
    }
}

/** Judges n pixels: their means, gradients, and sums. */
void judgePixels(const Judge& judge, const Pixels& all, long n, PixelSums& sums) {
    for (long i = 0; i < n; i += PixelSums::chunk) {
        long count = i + PixelSums::chunk < n ? PixelSums::chunk : n - i;
        Pixels p = advance(all, i);
        if (p.mean != nullptr) {
            for (long j = 0; j < count; j++) p.mean[j] = sigmoidParts(p.logits[j]).mean;
        }
        if (p.x == nullptr) continue;
        if (judge.kind == bernoulliKind) {
            judgeRun<bernoulliKind>(judge, p, count, sums);
        } else if (judge.kind == gaussianKind) {
            judgeRun<gaussianKind>(judge, p, count, sums);
        } else {
            judgeRun<laplaceKind>(judge, p, count, sums);
        }
    }
}

/** Adds length floats. Fixed lengths are those of 4 x 4 kernels to 1 and 3 channels. */
template <int fixedLength>
inline __attribute__((always_inline)) void addRun(float* target, const float* source, int length) {
    typedef float Quad __attribute__((vector_size(16), aligned(4), may_alias));
    int n = fixedLength > 0 ? fixedLength : length;
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        *reinterpret_cast<Quad*>(target + i) += *reinterpret_cast<const Quad*>(source + i);
    }
    for (; i < n; i++) target[i] += source[i];
}

/** One image with padding on its upper left, and as much as kernels reach on its lower right. */
struct Canvas {
    const OutputPlan& plan;
    float* pixels;

    long width() const { return extent(plan.coarseWidth, plan.fineWidth); }
    long height() const { return extent(plan.coarseHeight, plan.fineHeight); }
    long extent(long coarse, long fine) const {
        return std::max((coarse - 1) * plan.stride + plan.kernel, plan.padding + fine);
    }
    long rowSize() const { return width() * plan.fineChannels; }
    float* row(long y) const { return pixels + y * rowSize(); }
    /** Row y of the image itself. */
    float* imageRow(long y) const { return row(y + plan.padding) + plan.padding * plan.fineChannels; }
};

void fillWithBias(const Canvas& canvas, const float* bias) {
    int channels = canvas.plan.fineChannels;
    float* first = canvas.row(0);
    for (long x = 0; x < canvas.width(); x++) {
        for (int c = 0; c < channels; c++) first[x * channels + c] = bias[c];
    }
    for (long y = 1; y < canvas.height(); y++) {
        float* row = canvas.row(y);
        for (long i = 0; i < canvas.rowSize(); i++) row[i] = first[i];
    }
}

/**
 * Adds each position's contributions (k, k, fine channels) where they belong. The whole image's even columns first, then the
 * odd ones: with stride 2 neighbours overlap, and a load just after an overlapping store would wait for it.
 */
template <int runLength>
void scatter(const Canvas& canvas, const float* contributions) {
    const OutputPlan& p = canvas.plan;
    int run = p.kernel * p.fineChannels;
    long position = static_cast<long>(p.kernel) * run;  // contributions per position
    for (int parity = 0; parity < 2; parity++) {
        for (int i = 0; i < p.coarseHeight; i++) {
            for (int kernelRow = 0; kernelRow < p.kernel; kernelRow++) {
                float* row = canvas.row(static_cast<long>(i) * p.stride + kernelRow);
                const float* from = contributions + static_cast<long>(i) * p.coarseWidth * position + kernelRow * run;
                for (int j = parity; j < p.coarseWidth; j += 2) {
                    addRun<runLength>(row + static_cast<long>(j) * p.stride * p.fineChannels, from + j * position, run);
                }
            }
        }
    }
}

void scatterRuns(const Canvas& canvas, const float* contributions) {
    int run = canvas.plan.kernel * canvas.plan.fineChannels;
    if (run == 4) {
        scatter<4>(canvas, contributions);
    } else if (run == 12) {
        scatter<12>(canvas, contributions);
    } else {
        scatter<0>(canvas, contributions);
    }
}

/** Makes the transposed convolutions of images to few channels, one after another. */
struct Spreader {
    const OutputPlan& plan;
    int sourceType;
    int64_t source, weights;
    float* products;  // (positions, k, k, fine channels)
    Canvas canvas;

    Spreader(const OutputPlan& plan, int sourceType, int64_t source, int64_t weights, float* scratch)
        : plan(plan),
          sourceType(sourceType),
          source(source),
          weights(weights),
          products(scratch),
          canvas{plan, scratch + positions() * plan.contributions().targetImage} {}

    int positions() const { return plan.coarseHeight * plan.coarseWidth; }

    /** Leaves one image on the canvas. */
    void make(long image, const float* bias) {
        int64_t from = source + image * positions() * plan.coarseChannels * bytesOf(sourceType);
        convolve(reinterpret_cast<int64_t>(&plan.contributions()), plainEpilogue, sourceType, from, weights, 0, 0,
                 float32Type, reinterpret_cast<int64_t>(products), 0, positions());
        fillWithBias(canvas, bias);
        scatterRuns(canvas, products);
    }
};

/** Judges one image's logits row by row. */
void judgeCanvas(const Judge& judge, const Canvas& canvas, const Pixels& p, PixelSums& sums) {
    const OutputPlan& plan = canvas.plan;
    long row = static_cast<long>(plan.fineWidth) * plan.fineChannels;
    for (long y = 0; y < plan.fineHeight; y++) {
        Pixels pixels = advance(p, y * row);
        pixels.logits = canvas.imageRow(y);
        judgePixels(judge, pixels, row, sums);
    }
}

}  // namespace

void likelihood(int kind, double scale, int64_t weights, int64_t logits, int64_t target, int64_t mean, int64_t dLogits,
                int64_t terms, int blocks, int rows, int size) {
    Judge judge(kind, scale);
    PixelSums sums;
    long blockSize = static_cast<long>(rows) * size;
    for (int block = 0; block < blocks; block++) {
        judge.weight = static_cast<float>(at<double>(weights)[block]);
        Pixels all = {at<float>(logits), nullptr, at<float>(mean), at<float>(dLogits)};
        Pixels pixels = advance(all, block * blockSize);
        pixels.x = at<float>(target);
        for (long row = 0; row < rows; row++) {
            judgePixels(judge, advance(pixels, row * size), size, sums);
            sums.endImage();
        }
        if (target != 0) at<float>(terms)[block] = static_cast<float>(sums.takeNll());
    }
}

void output(int64_t plan, int sourceType, int kind, double scale, int64_t blockWeights, int64_t source, int64_t weights,
            int64_t bias, int64_t target, int64_t mean, int64_t dLogits, int64_t biasGradient, int64_t terms,
            int64_t scratch) {
    const OutputPlan& p = *at<const OutputPlan>(plan);
    long imageSize = static_cast<long>(p.fineHeight) * p.fineWidth * p.fineChannels;
    Spreader spreader(p, sourceType, source, weights, at<float>(scratch));
    Judge judge(kind, scale);
    PixelSums sums;
    for (long block = 0; block < p.blocks; block++) {
        judge.weight = static_cast<float>(at<double>(blockWeights)[block]);
        for (long row = 0; row < p.rows; row++) {
            long image = block * p.rows + row;
            spreader.make(image, at<float>(bias));
            Pixels pixels = {nullptr, advance(at<const float>(target), row * imageSize),
                             advance(at<float>(mean), image * imageSize), advance(at<float>(dLogits), image * imageSize)};
            judgeCanvas(judge, spreader.canvas, pixels, sums);
            sums.endImage();
        }
        if (target != 0) at<float>(terms)[block] = static_cast<float>(sums.takeNll());
    }
    if (biasGradient == 0) return;
    for (int c = 0; c < p.fineChannels; c++) at<float>(biasGradient)[c] = sums.gradient(c, p.fineChannels);
}

void convolveToFew(int64_t plan, int sourceType, int64_t source, int64_t weights, int64_t target, int64_t scratch) {
    const OutputPlan& p = *at<const OutputPlan>(plan);
    const float noBias[maxFewChannels] = {};
    long row = static_cast<long>(p.fineWidth) * p.fineChannels;
    Spreader spreader(p, sourceType, source, weights, at<float>(scratch));
    float* to = at<float>(target);
    for (long image = 0; image < p.rows; image++) {
        spreader.make(image, noBias);
        for (long y = 0; y < p.fineHeight; y++, to += row) std::copy_n(spreader.canvas.imageRow(y), row, to);
    }
}

void meanGradient(int64_t mean, int64_t dMean, int64_t dLogits, int64_t biasGradient, int rows, int size,
                  int channels) {
    PixelSums sums;
    for (long row = 0; row < rows; row++) {
        for (long first = 0; first < size; first += PixelSums::chunk) {
            long begin = row * size + first, n = first + PixelSums::chunk < size ? PixelSums::chunk : size - first;
            const float* m = at<float>(mean) + begin;
            const float* d = at<float>(dMean) + begin;
            float* result = at<float>(dLogits) + begin;
#pragma GCC ivdep
            for (long i = 0; i < n; i++) {
                result[i] = d[i] * sigmoidSlope(m[i]);
                sums.dLogits[i] += result[i];
            }
        }
        sums.endImage();
    }
    for (int c = 0; c < channels && biasGradient != 0; c++) at<float>(biasGradient)[c] = sums.gradient(c, channels);
}

void crossEntropy(int64_t logits, int64_t labels, int64_t dLogits, int64_t terms, int rows, int classes) {
    double total = 0;
    for (int row = 0; row < rows; row++) {
        const float* l = at<float>(logits) + static_cast<long>(row) * classes;
        float* d = dLogits == 0 ? nullptr : at<float>(dLogits) + static_cast<long>(row) * classes;
        total += crossEntropyOfRow(l, classes, at<int32_t>(labels)[row], d);
    }
    at<float>(terms)[0] = static_cast<float>(total);
}

}  // namespace DUET_ISA
}  // namespace duet
