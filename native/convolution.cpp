// Convolutions, their adjoints and matrix products by one register-blocked inner loop: several images times two vectors of
// channels. Blocking over images rather than positions leaves no edge cases: all images share a position's taps.
// Runs and weights are walked through in words: one float32, or a pair of bfloat16 (elements.h).
#include "blocking.h"
#include "elements.h"
#include "kernels_isa.h"
#include "plans.h"
#include "tile_sums.h"

namespace duet {
namespace DUET_ISA {
namespace {

/** What a convolution works on. Its weights lie in rows of words: a word is perWord rows' elements of one column. */
template <typename Product>
struct Buffers {
    typedef typename Product::Word Word;

    const Word *source, *weights;
    const float* bias;
    const void* gate;
    int targetType;
    void* target;
    long offset;  // of the first element of gate and target
    float* biasGradient;

    /** The same, advanced by images and by channels of the target. */
    Buffers at(const ConvolutionPlan& plan, long image, long channel) const {
        Buffers b = *this;
        b.source += image * (plan.sourceImage / Product::perWord);
        b.weights += channel;
        if (bias != nullptr) b.bias += channel;
        b.offset += image * plan.targetImage + channel;
        if (biasGradient != nullptr) b.biasGradient += channel;
        return b;
    }
};

/** acc[i][v] += source image i's run of words times the weight rows. */
template <typename Product, int images, int vectors>
inline __attribute__((always_inline)) void accumulate(Vec (&acc)[images][vectors], const typename Product::Word* source,
                                                      long imageStride, const typename Product::Word* weights,
                                                      long weightStride, int length) {
    const typename Product::Word* run[images];
    for (int i = 0; i < images; i++) run[i] = source + i * imageStride;
    for (int k = 0; k < length; k++, weights += weightStride) {
        typename Product::Operand w[vectors];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) w[v] = Product::load(weights + v * lanes);
#pragma GCC unroll 8
        for (int i = 0; i < images; i++) {
            typename Product::Word x = run[i][k];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) acc[i][v] = Product::multiplyAdd(acc[i][v], x, w[v]);
        }
    }
}

/** Sums over a position's taps, for a block of images and channels. */
template <typename Product, int images, int vectors>
struct TapSums {
    typedef typename Product::Word Word;

    explicit TapSums(const ConvolutionPlan&) {}

    inline __attribute__((always_inline)) void add(const ConvolutionPlan& plan, const Tap* taps, int count,
                                                   const Word* source, const Word* weights, Vec (&acc)[images][vectors]) {
        for (int n = 0; n < count; n++) {
            accumulate<Product>(acc, source + taps[n].source / Product::perWord, plan.sourceImage / Product::perWord,
                                weights + taps[n].weights / Product::perWord, plan.weightStride,
                                taps[n].length / Product::perWord);
        }
    }
};

#if defined(DUET_TILES)
/** bfloat16 by tiles, where the instruction set has them. */
template <int images, int vectors>
struct TapSums<Bfloat16Product, images, vectors> : TileSums<images, vectors> {
    using TileSums<images, vectors>::TileSums;
};
#endif

/** Asks for what the position's sums will be gated by: the images lie too far apart for the hardware to foresee it. */
template <int images, int vectors, typename Product>
inline void prefetchGate(const ConvolutionPlan& plan, const Buffers<Product>& b, const Target& target) {
    const char* gate = static_cast<const char*>(b.gate);
    for (int i = 0; i < images; i++) {
        long offset = b.offset + static_cast<long>(i) * plan.targetImage + target.offset;
        for (int v = 0; v < vectors; v++) __builtin_prefetch(gate + (offset + v * lanes) * bytesOf(b.targetType));
    }
}

/** Stores a position's results, and adds them to sums. */
template <int targetType, bool partial, int images, int vectors, typename Product>
inline __attribute__((always_inline)) void finish(const ConvolutionPlan& plan, int epilogue, const Buffers<Product>& b,
                                                  const Target& target, const Vec (&acc)[images][vectors],
                                                  Vec (&sums)[vectors], int count) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
        Vec positionSum = {};
#pragma GCC unroll 8
        for (int i = 0; i < images; i++) {
            long offset = b.offset + static_cast<long>(i) * plan.targetImage + target.offset + v * lanes;
            Vec value = acc[i][v];
            if (epilogue == biasReluEpilogue) value = value < 0 ? Vec{} : value;  // keeps NaN
            if (epilogue == gateSumEpilogue) value = load(targetType, b.gate, offset) > 0 ? value : Vec{};
            positionSum += value;
            storeSome(targetType, b.target, offset, value, partial ? count : 0);
        }
        sums[v] += positionSum;
    }
}

/** All positions of some images, for vectors * lanes channels (count of them when partial). */
template <typename Product, int images, int vectors, bool partial>
__attribute__((noinline)) void convolveBlock(const ConvolutionPlan& plan, int epilogue, const Buffers<Product>& b,
                                             int count) {
    const Target* targets = plan.targetList();
    const Tap* taps = plan.taps();
    TapSums<Product, images, vectors> tapSums(plan);
    Vec sums[vectors] = {};
    for (int t = 0; t < plan.targets; t++) {
        Vec acc[images][vectors];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) {
            bool biased = epilogue == biasEpilogue || epilogue == biasReluEpilogue;
            Vec start = biased ? load(b.bias + targets[t].bias + v * lanes) : Vec{};
#pragma GCC unroll 8
            for (int i = 0; i < images; i++) acc[i][v] = start;
        }
        if (epilogue == gateSumEpilogue) prefetchGate<images, vectors>(plan, b, targets[t]);
        tapSums.add(plan, taps + targets[t].first, targets[t].count, b.source, b.weights, acc);
        if (b.targetType == float32Type) {
            finish<float32Type, partial>(plan, epilogue, b, targets[t], acc, sums, count);
        } else {
            finish<bfloat16Type, partial>(plan, epilogue, b, targets[t], acc, sums, count);
        }
    }
    if (epilogue != sumEpilogue && epilogue != gateSumEpilogue) return;
    for (int v = 0; v < vectors; v++) {
        float* d = b.biasGradient + v * lanes;
        storeSome(float32Type, d, 0, load(d) + sums[v], partial ? count : 0);
    }
}

/** All images, for vectors * lanes channels (count of them when partial). */
template <typename Product, int vectors, bool partial>
void convolveChannels(const ConvolutionPlan& plan, int epilogue, const Buffers<Product>& b, int images, int count) {
    int image = 0;
    auto block = [&](auto size) {
        for (; image + size.value <= images; image += size.value) {
            convolveBlock<Product, size.value, vectors, partial>(plan, epilogue, b.at(plan, image, 0), count);
        }
    };
#if defined(DUET_TILES)
    if constexpr (Product::type == bfloat16Type) {
        block(Constant<2 * maxTileRows>());
        block(Constant<maxTileRows>());
    }
#endif
    block(Constant<maxImages>());
    block(Constant<4>());
    block(Constant<2>());
    block(Constant<1>());
}

/** Channels outermost, so that their weights stay in the cache while all images meet them. */
template <typename Product>
void convolveAll(const ConvolutionPlan& plan, int epilogue, const Buffers<Product>& b, int images) {
    int channel = 0;
    for (; channel + maxVectors * lanes <= plan.channels; channel += maxVectors * lanes) {
        convolveChannels<Product, maxVectors, false>(plan, epilogue, b.at(plan, 0, channel), images, 0);
    }
    for (; channel + lanes <= plan.channels; channel += lanes) {
        convolveChannels<Product, 1, false>(plan, epilogue, b.at(plan, 0, channel), images, 0);
    }
    if (channel < plan.channels) {
        convolveChannels<Product, 1, true>(plan, epilogue, b.at(plan, 0, channel), images, plan.channels - channel);
    }
}

}  // namespace

void convolve(int64_t plan, int epilogue, int sourceType, int64_t source, int64_t weights, int64_t bias, int64_t gate,
              int targetType, int64_t target, int64_t biasGradient, int images) {
    const ConvolutionPlan& p = *at<const ConvolutionPlan>(plan);
    float* d = at<float>(biasGradient);
    if (epilogue == sumEpilogue || epilogue == gateSumEpilogue) {
        for (int c = 0; c < p.channels; c++) d[c] = 0;
    }
    auto all = [&](auto product) {
        typedef decltype(product) Product;
        typedef typename Product::Word Word;
        Buffers<Product> b = {at<Word>(source), at<Word>(weights), at<float>(bias), at<void>(gate),
                              targetType,       at<void>(target),  0,               d};
        convolveAll(p, epilogue, b, images);
    };
    if (sourceType == float32Type) {
        all(Float32Product());
    } else {
        all(Bfloat16Product());
    }
}

}  // namespace DUET_ISA
}  // namespace duet
