// Likelihoods with their gradients: on given logits, fused with a decoder's last layer, and cross-entropy. The formulas are
// in kernels/math/likelihood.h.
#include "../kernels/math/cross_entropy.h"
#include "../kernels/math/likelihood.h"

#include "elements.h"
#include "kernels_isa.h"
#include "plans.h"
#include "simd.h"

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

constexpr long chunk = 256;

/** Nll of at most chunk pixels, in nats. */
template <int kind>
double judgeChunk(const Judge& judge, const Pixels& p, long n) {
    alignas(64) float nll[chunk], mean[chunk], d[chunk];
    for (long i = 0; i < n; i++) {
        Pixel result = judgePixel<kind>(p.logits[i], p.x[i], judge.inverseScale, judge.logNormaliser);
        nll[i] = result.nll;
        mean[i] = result.mean;
        d[i] = judge.weight * result.dLogit;
    }
    if (p.mean != nullptr) {
        for (long i = 0; i < n; i++) p.mean[i] = mean[i];
    }
    if (p.dLogits != nullptr) {
        for (long i = 0; i < n; i++) p.dLogits[i] = d[i];
    }
    return sum(nll, n);
}

/** Nll of n pixels, in nats. */
double judgePixels(const Judge& judge, const Pixels& p, long n) {
    double total = 0;
    for (long i = 0; i < n; i += chunk) {
        long count = i + chunk < n ? chunk : n - i;
        Pixels part = advance(p, i);
        if (part.x == nullptr) {
            for (long j = 0; j < count; j++) part.mean[j] = sigmoidParts(part.logits[j]).mean;
        } else if (judge.kind == bernoulliKind) {
            total += judgeChunk<bernoulliKind>(judge, part, count);
        } else if (judge.kind == gaussianKind) {
            total += judgeChunk<gaussianKind>(judge, part, count);
        } else {
            total += judgeChunk<laplaceKind>(judge, part, count);
        }
    }
    return total;
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

/** The padded logits of one image, (coarse - 1) * stride + kernel on a side. */
struct Canvas {
    const OutputPlan& plan;
    float* pixels;

    long width() const { return static_cast<long>(plan.coarseWidth - 1) * plan.stride + plan.kernel; }
    long height() const { return static_cast<long>(plan.coarseHeight - 1) * plan.stride + plan.kernel; }
    long rowSize() const { return width() * plan.fineChannels; }
    float* row(long y) const { return pixels + y * rowSize(); }
};

void fillWithBias(const Canvas& canvas, const float* bias) {
    int channels = canvas.plan.fineChannels;
    float* first = canvas.row(0);
    for (long i = 0; i < canvas.rowSize(); i++) first[i] = bias[i % channels];
    for (long y = 1; y < canvas.height(); y++) {
        float* row = canvas.row(y);
        for (long i = 0; i < canvas.rowSize(); i++) row[i] = first[i];
    }
}

/**
 * Adds each position's contributions (k, k, fine channels) where they belong. Even columns first, then odd ones: with
 * stride 2 neighbours overlap, and a load just after an overlapping store would wait for it.
 */
template <int runLength>
void scatter(const Canvas& canvas, const float* contributions) {
    const OutputPlan& p = canvas.plan;
    int run = p.kernel * p.fineChannels;
    long position = static_cast<long>(p.kernel) * run;  // contributions per position
    for (int i = 0; i < p.coarseHeight; i++) {
        for (int kernelRow = 0; kernelRow < p.kernel; kernelRow++) {
            float* row = canvas.row(static_cast<long>(i) * p.stride + kernelRow);
            const float* from = contributions + static_cast<long>(i) * p.coarseWidth * position + kernelRow * run;
            for (int parity = 0; parity < 2; parity++) {
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

/** Sums per channel of interleaved pixels: in float over one image, in double over images. */
struct ChannelSums {
    static constexpr int maxChannels = 4;  // Java fuses up to this many
    static constexpr int period = 16;
    int channels;
    double total[maxChannels] = {};
    alignas(64) float image[maxChannels * period] = {};

    explicit ChannelSums(int channels) : channels(channels) {}

    void add(const float* d, long n) {
        long pattern = static_cast<long>(channels) * period;
        for (long i = 0; i < n; i += pattern) {
            long count = i + pattern < n ? pattern : n - i;
            for (long j = 0; j < count; j++) image[j] += d[i + j];
        }
    }

    void endImage() {
        for (int j = 0; j < channels * period; j++) {
            total[j % channels] += image[j];
            image[j] = 0;
        }
    }
};

/** Judges one image's logits row by row. */
double judgeCanvas(const Judge& judge, const Canvas& canvas, const Pixels& p, ChannelSums& sums) {
    const OutputPlan& plan = canvas.plan;
    long row = static_cast<long>(plan.fineWidth) * plan.fineChannels;
    double nll = 0;
    for (long y = 0; y < plan.fineHeight; y++) {
        Pixels pixels = advance(p, y * row);
        pixels.logits = canvas.row(y + plan.padding) + plan.padding * plan.fineChannels;
        nll += judgePixels(judge, pixels, row);
        if (pixels.dLogits != nullptr) sums.add(pixels.dLogits, row);
    }
    sums.endImage();
    return nll;
}

}  // namespace

void likelihood(int kind, double scale, int64_t weights, int64_t logits, int64_t target, int64_t mean, int64_t dLogits,
                int64_t terms, int blocks, int rows, int size) {
    Judge judge(kind, scale);
    long blockSize = static_cast<long>(rows) * size;
    for (int block = 0; block < blocks; block++) {
        judge.weight = static_cast<float>(at<double>(weights)[block]);
        Pixels all = {at<float>(logits), nullptr, at<float>(mean), at<float>(dLogits)};
        Pixels pixels = advance(all, block * blockSize);
        pixels.x = at<float>(target);
        double nll = judgePixels(judge, pixels, blockSize);
        if (target != 0) at<float>(terms)[block] = static_cast<float>(nll);
    }
}

void output(int64_t plan, int sourceType, int kind, double scale, int64_t blockWeights, int64_t source, int64_t weights,
            int64_t bias, int64_t target, int64_t mean, int64_t dLogits, int64_t biasGradient, int64_t terms,
            int64_t scratch) {
    const OutputPlan& p = *at<const OutputPlan>(plan);
    const ConvolutionPlan& contributions = p.contributions();
    long positions = static_cast<long>(p.coarseHeight) * p.coarseWidth;
    long imageSize = static_cast<long>(p.fineHeight) * p.fineWidth * p.fineChannels;
    float* products = at<float>(scratch);  // (positions, k, k, fine channels)
    Canvas canvas = {p, products + positions * contributions.targetImage};
    Judge judge(kind, scale);
    ChannelSums sums(p.fineChannels);
    for (long block = 0; block < p.blocks; block++) {
        judge.weight = static_cast<float>(at<double>(blockWeights)[block]);
        double nll = 0;
        for (long row = 0; row < p.rows; row++) {
            long image = block * p.rows + row;
            convolve(reinterpret_cast<int64_t>(&contributions), plainEpilogue, sourceType,
                     source + image * positions * p.coarseChannels * bytesOf(sourceType), weights, 0, 0, float32Type,
                     reinterpret_cast<int64_t>(products), 0, static_cast<int>(positions));
            fillWithBias(canvas, at<float>(bias));
            scatterRuns(canvas, products);
            Pixels pixels = {nullptr, advance(at<const float>(target), row * imageSize),
                             advance(at<float>(mean), image * imageSize), advance(at<float>(dLogits), image * imageSize)};
            nll += judgeCanvas(judge, canvas, pixels, sums);
        }
        if (target != 0) at<float>(terms)[block] = static_cast<float>(nll);
    }
    if (biasGradient == 0) return;
    for (int c = 0; c < p.fineChannels; c++) at<float>(biasGradient)[c] = static_cast<float>(sums.total[c]);
}

void meanGradient(int64_t mean, int64_t dMean, int64_t dLogits, int64_t biasGradient, int64_t count, int channels) {
    const float* __restrict m = at<float>(mean);
    const float* __restrict d = at<float>(dMean);
    float* __restrict result = at<float>(dLogits);
    for (int64_t i = 0; i < count; i++) result[i] = d[i] * sigmoidSlope(m[i]);
    if (biasGradient == 0) return;
    ChannelSums sums(channels);
    long image = static_cast<long>(channels) << 10;  // pixels that are summed in float
    for (int64_t i = 0; i < count; i += image) {
        sums.add(result + i, i + image < count ? image : count - i);
        sums.endImage();
    }
    for (int c = 0; c < channels; c++) at<float>(biasGradient)[c] = static_cast<float>(sums.total[c]);
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
