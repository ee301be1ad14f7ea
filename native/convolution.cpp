// Convolutions, their adjoints and matrix products by one register-blocked inner loop: several images times two vectors of
// channels. Blocking over images rather than positions leaves no edge cases: all images share a position's taps.
#include "kernels_isa.h"
#include "plans.h"
#include "simd.h"

namespace duet {
namespace DUET_ISA {
namespace {

// Images times vectors held in registers: 16 of 32 with AVX-512, 10 of 16 with AVX2, and 8 without fused multiply-add, which
// needs one more for each product. Measured: fewer leave the units waiting, more spill.
constexpr int maxImages = lanes == 16 ? 8 : lanes == 8 ? 5 : 4;
constexpr int maxVectors = 2;

struct Buffers {
    const float *source, *weights, *bias, *gate;
    float *target, *biasGradient;

    /** The same, advanced by images and by channels of the target. */
    Buffers at(const ConvolutionPlan& plan, long image, long channel) const {
        long offset = image * plan.targetImage + channel;
        return {source + image * plan.sourceImage, weights + channel, bias + channel, gate + offset, target + offset,
                biasGradient + channel};
    }
};

/** acc[i][v] += source image i's run times the weight rows. */
template <int images, int vectors>
inline __attribute__((always_inline)) void accumulate(Vec (&acc)[images][vectors], const float* source, long imageStride,
                                                      const float* weights, long weightStride, int length) {
    const float* run[images];
    for (int i = 0; i < images; i++) run[i] = source + i * imageStride;
    for (int k = 0; k < length; k++, weights += weightStride) {
        Vec w[vectors];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) w[v] = load(weights + v * lanes);
#pragma GCC unroll 8
        for (int i = 0; i < images; i++) {
            float x = run[i][k];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) acc[i][v] += x * w[v];
        }
    }
}

/** Stores one vector of results; count < lanes for the last channels. */
template <bool partial>
inline void storeResult(float* target, Vec value, int count) {
    if (partial) {
        storeFirst(target, value, count);
    } else {
        store(target, value);
    }
}

/** All positions of some images, for vectors * lanes channels (count of them when partial). */
template <int images, int vectors, bool partial>
__attribute__((noinline)) void convolveBlock(const ConvolutionPlan& plan, int epilogue, const Buffers& b, int count) {
    const Target* targets = plan.targetList();
    const Tap* taps = plan.taps();
    Vec sums[vectors] = {};
    for (int t = 0; t < plan.targets; t++) {
        Vec acc[images][vectors];
        for (int v = 0; v < vectors; v++) {
            bool biased = epilogue == biasEpilogue || epilogue == biasReluEpilogue;
            Vec start = biased ? load(b.bias + targets[t].bias + v * lanes) : Vec{};
            for (int i = 0; i < images; i++) acc[i][v] = start;
        }
        for (int n = 0; n < targets[t].count; n++) {
            const Tap& tap = taps[targets[t].first + n];
            accumulate(acc, b.source + tap.source, plan.sourceImage, b.weights + tap.weights, plan.weightStride,
                       tap.length);
        }
        for (int v = 0; v < vectors; v++) {
            Vec positionSum = {};
            for (int i = 0; i < images; i++) {
                long offset = static_cast<long>(i) * plan.targetImage + targets[t].offset + v * lanes;
                Vec value = acc[i][v];
                if (epilogue == biasReluEpilogue) value = value < 0 ? Vec{} : value;  // keeps NaN
                if (epilogue == gateSumEpilogue) value = load(b.gate + offset) > 0 ? value : Vec{};
                positionSum += value;
                storeResult<partial>(b.target + offset, value, count);
            }
            sums[v] += positionSum;
        }
    }
    if (epilogue != sumEpilogue && epilogue != gateSumEpilogue) return;
    for (int v = 0; v < vectors; v++) {
        float* d = b.biasGradient + v * lanes;
        storeResult<partial>(d, load(d) + sums[v], count);
    }
}

/** All channels of some images. */
template <int images>
void convolveImages(const ConvolutionPlan& plan, int epilogue, const Buffers& b) {
    int channel = 0;
    for (; channel + maxVectors * lanes <= plan.channels; channel += maxVectors * lanes) {
        convolveBlock<images, maxVectors, false>(plan, epilogue, b.at(plan, 0, channel), 0);
    }
    for (; channel + lanes <= plan.channels; channel += lanes) {
        convolveBlock<images, 1, false>(plan, epilogue, b.at(plan, 0, channel), 0);
    }
    if (channel < plan.channels) {
        convolveBlock<images, 1, true>(plan, epilogue, b.at(plan, 0, channel), plan.channels - channel);
    }
}

/** Adds rows x vectors outer products over some images to a tile of the gradient. */
template <int rows, int vectors, bool partial>
__attribute__((noinline)) void outerProducts(const WeightPlan& plan, const Panel& panel, const float* fine,
                                             const float* coarse, float* gradient, int images, bool add, int count) {
    const Pair* pairs = plan.pairs() + panel.first;
    Vec acc[rows][vectors];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) acc[r][v] = add ? load(gradient + r * plan.columns + v * lanes) : Vec{};
    }
    for (int i = 0; i < images; i++, fine += plan.fineImage, coarse += plan.coarseImage) {
        for (int p = 0; p < panel.count; p++) {
            const float* x = fine + pairs[p].fine;
            const float* y = coarse + pairs[p].coarse;
            Vec d[vectors];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) d[v] = load(y + v * lanes);
#pragma GCC unroll 8
            for (int r = 0; r < rows; r++) {
                float value = x[r];
#pragma GCC unroll 4
                for (int v = 0; v < vectors; v++) acc[r][v] += value * d[v];
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) storeResult<partial>(gradient + r * plan.columns + v * lanes, acc[r][v], count);
    }
}

/** All rows of a panel for some columns of the gradient. */
template <int vectors, bool partial>
void panelColumns(const WeightPlan& plan, const Panel& panel, const float* fine, const float* coarse, float* gradient,
                  int images, bool add, int count) {
    int row = 0;
    float* first = gradient + static_cast<long>(panel.row) * plan.columns;
    auto tile = [&](auto rows) {
        for (; row + rows.value <= panel.rows; row += rows.value) {
            outerProducts<rows.value, vectors, partial>(plan, panel, fine + row, coarse,
                                                        first + static_cast<long>(row) * plan.columns, images, add, count);
        }
    };
    tile(Constant<maxImages>());
    tile(Constant<4>());
    tile(Constant<2>());
    tile(Constant<1>());
}

}  // namespace

void convolve(int64_t plan, int epilogue, int64_t source, int64_t weights, int64_t bias, int64_t gate, int64_t target,
              int64_t biasGradient, int images) {
    const ConvolutionPlan& p = *at<const ConvolutionPlan>(plan);
    Buffers b = {at<float>(source), at<float>(weights), at<float>(bias),
                 at<float>(gate),   at<float>(target),  at<float>(biasGradient)};
    if (epilogue == sumEpilogue || epilogue == gateSumEpilogue) {
        for (int c = 0; c < p.channels; c++) b.biasGradient[c] = 0;
    }
    int image = 0;
    for (; image + maxImages <= images; image += maxImages) convolveImages<maxImages>(p, epilogue, b.at(p, image, 0));
    for (; image + 4 <= images; image += 4) convolveImages<4>(p, epilogue, b.at(p, image, 0));
    for (; image + 2 <= images; image += 2) convolveImages<2>(p, epilogue, b.at(p, image, 0));
    for (; image < images; image++) convolveImages<1>(p, epilogue, b.at(p, image, 0));
}

void convolveWeights(int64_t plan, int64_t fine, int64_t coarse, int64_t gradient, int images) {
    const WeightPlan& p = *at<const WeightPlan>(plan);
    float* d = at<float>(gradient);
    for (int begin = 0; begin < images; begin += p.group) {
        int count = begin + p.group <= images ? p.group : images - begin;
        const float* x = at<float>(fine) + static_cast<long>(begin) * p.fineImage;
        const float* y = at<float>(coarse) + static_cast<long>(begin) * p.coarseImage;
        for (int n = 0; n < p.panels; n++) {
            const Panel& panel = p.panelList()[n];
            bool add = begin > 0 || !panel.initial;
            int column = 0;
            for (; column + maxVectors * lanes <= p.columns; column += maxVectors * lanes) {
                panelColumns<maxVectors, false>(p, panel, x, y + column, d + column, count, add, 0);
            }
            for (; column + lanes <= p.columns; column += lanes) {
                panelColumns<1, false>(p, panel, x, y + column, d + column, count, add, 0);
            }
            if (column < p.columns) {
                panelColumns<1, true>(p, panel, x, y + column, d + column, count, add, p.columns - column);
            }
        }
    }
}

}  // namespace DUET_ISA
}  // namespace duet
