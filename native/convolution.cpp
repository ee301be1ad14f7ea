// Convolutions, their adjoints and matrix products by one register-blocked inner loop: several images times two vectors of
// channels. Blocking over images rather than positions leaves no edge cases: all images share a position's taps.
// Runs and weights are walked through in words: one float32, or a pair of bfloat16 (elements.h).
#include "elements.h"
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
        b.bias += channel;
        b.offset += image * plan.targetImage + channel;
        b.biasGradient += channel;
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

/** Stores one vector of results; count < lanes for the last channels. */
template <bool partial>
inline void storeResult(int type, void* target, long offset, Vec value, int count) {
    if (partial) {
        storeFirst(type, target, offset, value, count);
    } else {
        store(type, target, offset, value);
    }
}

/** All positions of some images, for vectors * lanes channels (count of them when partial). */
template <typename Product, int images, int vectors, bool partial>
__attribute__((noinline)) void convolveBlock(const ConvolutionPlan& plan, int epilogue, const Buffers<Product>& b,
                                             int count) {
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
            accumulate<Product>(acc, b.source + tap.source / Product::perWord, plan.sourceImage / Product::perWord,
                                b.weights + tap.weights / Product::perWord, plan.weightStride,
                                tap.length / Product::perWord);
        }
        for (int v = 0; v < vectors; v++) {
            Vec positionSum = {};
            for (int i = 0; i < images; i++) {
                long offset = b.offset + static_cast<long>(i) * plan.targetImage + targets[t].offset + v * lanes;
                Vec value = acc[i][v];
                if (epilogue == biasReluEpilogue) value = value < 0 ? Vec{} : value;  // keeps NaN
                if (epilogue == gateSumEpilogue) value = load(b.targetType, b.gate, offset) > 0 ? value : Vec{};
                positionSum += value;
                storeResult<partial>(b.targetType, b.target, offset, value, count);
            }
            sums[v] += positionSum;
        }
    }
    if (epilogue != sumEpilogue && epilogue != gateSumEpilogue) return;
    for (int v = 0; v < vectors; v++) {
        float* d = b.biasGradient + v * lanes;
        storeResult<partial>(float32Type, d, 0, load(d) + sums[v], count);
    }
}

/** All channels of some images. */
template <typename Product, int images>
void convolveImages(const ConvolutionPlan& plan, int epilogue, const Buffers<Product>& b) {
    int channel = 0;
    for (; channel + maxVectors * lanes <= plan.channels; channel += maxVectors * lanes) {
        convolveBlock<Product, images, maxVectors, false>(plan, epilogue, b.at(plan, 0, channel), 0);
    }
    for (; channel + lanes <= plan.channels; channel += lanes) {
        convolveBlock<Product, images, 1, false>(plan, epilogue, b.at(plan, 0, channel), 0);
    }
    if (channel < plan.channels) {
        convolveBlock<Product, images, 1, true>(plan, epilogue, b.at(plan, 0, channel), plan.channels - channel);
    }
}

template <typename Product>
void convolveAll(const ConvolutionPlan& plan, int epilogue, const Buffers<Product>& b, int images) {
    int image = 0;
    auto block = [&](auto size) {
        for (; image + size.value <= images; image += size.value) {
            convolveImages<Product, size.value>(plan, epilogue, b.at(plan, image, 0));
        }
    };
    block(Constant<maxImages>());
    block(Constant<4>());
    block(Constant<2>());
    block(Constant<1>());
}

/** Adds rows x vectors outer products over some images, or pairs of images, to a tile of the gradient. */
template <typename Product, int rows, int vectors, bool partial>
__attribute__((noinline)) void outerProducts(const WeightPlan& plan, const Panel& panel,
                                             const typename Product::Word* fine, const typename Product::Word* coarse,
                                             float* gradient, int images, bool add, int count) {
    const Pair* pairs = plan.pairs() + panel.first;
    Vec acc[rows][vectors];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) acc[r][v] = add ? load(gradient + r * plan.columns + v * lanes) : Vec{};
    }
    for (int i = 0; i < images; i++, fine += plan.fineImage, coarse += plan.coarseImage) {
        for (int p = 0; p < panel.count; p++) {
            const typename Product::Word* x = fine + pairs[p].fine;
            const typename Product::Word* y = coarse + pairs[p].coarse;
            typename Product::Operand d[vectors];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) d[v] = Product::load(y + v * lanes);
#pragma GCC unroll 8
            for (int r = 0; r < rows; r++) {
                typename Product::Word value = x[r];
#pragma GCC unroll 4
                for (int v = 0; v < vectors; v++) acc[r][v] = Product::multiplyAdd(acc[r][v], value, d[v]);
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) {
            storeResult<partial>(float32Type, gradient + r * plan.columns, v * lanes, acc[r][v], count);
        }
    }
}

/** All rows of a panel for some columns of the gradient. */
template <typename Product, int vectors, bool partial>
void panelColumns(const WeightPlan& plan, const Panel& panel, const typename Product::Word* fine,
                  const typename Product::Word* coarse, float* gradient, int images, bool add, int count) {
    int row = 0;
    float* first = gradient + static_cast<long>(panel.row) * plan.columns;
    auto tile = [&](auto rows) {
        for (; row + rows.value <= panel.rows; row += rows.value) {
            outerProducts<Product, rows.value, vectors, partial>(plan, panel, fine + row, coarse,
                                                                 first + static_cast<long>(row) * plan.columns, images,
                                                                 add, count);
        }
    };
    tile(Constant<maxImages>());
    tile(Constant<4>());
    tile(Constant<2>());
    tile(Constant<1>());
}

/** All panels over some images, or pairs of images; add keeps what the gradient holds. */
template <typename Product>
void addGroup(const WeightPlan& plan, const typename Product::Word* fine, const typename Product::Word* coarse,
              float* gradient, int images, bool add) {
    for (int n = 0; n < plan.panels; n++) {
        const Panel& panel = plan.panelList()[n];
        bool keep = add || !panel.initial;
        int column = 0;
        for (; column + maxVectors * lanes <= plan.columns; column += maxVectors * lanes) {
            panelColumns<Product, maxVectors, false>(plan, panel, fine, coarse + column, gradient + column, images, keep, 0);
        }
        for (; column + lanes <= plan.columns; column += lanes) {
            panelColumns<Product, 1, false>(plan, panel, fine, coarse + column, gradient + column, images, keep, 0);
        }
        if (column < plan.columns) {
            panelColumns<Product, 1, true>(plan, panel, fine, coarse + column, gradient + column, images, keep,
                                           plan.columns - column);
        }
    }
}

/** words (images / 2 rounded up, size) = pairs of images, side by side as bfloat16; an odd last one meets zeros. */
void pairImages(int type, const void* source, WordPair* words, int images, long size) {
    for (int image = 0; image < images; image += 2, words += size) {
        bool both = image + 1 < images;
        for (long i = 0; i < size; i += lanes) {
            Words first = loadBits(type, source, image * size + i);
            Words second = both ? loadBits(type, source, (image + 1) * size + i) : Words{};
            *reinterpret_cast<UnalignedWords*>(words + i) = first | second << 16;
        }
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

void convolveWeights(int64_t plan, int fineType, int64_t fine, int coarseType, int64_t coarse, int64_t gradient,
                     int images, int64_t scratch) {
    const WeightPlan& p = *at<const WeightPlan>(plan);
    bool paired = fineType != float32Type || coarseType != float32Type;
    int group = paired ? p.group + p.group % 2 : p.group;
    WordPair* x = at<WordPair>(scratch);
    WordPair* y = x + (group / 2 * static_cast<long>(p.fineImage) + 15) / 16 * 16;
    for (int begin = 0; begin < images; begin += group) {
        int count = begin + group <= images ? group : images - begin;
        int64_t fineGroup = fine + begin * bytesOf(fineType) * p.fineImage;
        int64_t coarseGroup = coarse + begin * bytesOf(coarseType) * p.coarseImage;
        if (paired) {
            pairImages(fineType, at<void>(fineGroup), x, count, p.fineImage);
            pairImages(coarseType, at<void>(coarseGroup), y, count, p.coarseImage);
            addGroup<Bfloat16Product>(p, x, y, at<float>(gradient), (count + 1) / 2, begin > 0);
        } else {
            addGroup<Float32Product>(p, at<float>(fineGroup), at<float>(coarseGroup), at<float>(gradient), count, begin > 0);
        }
    }
}

}  // namespace DUET_ISA
}  // namespace duet
