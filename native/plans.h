// What Java prepares once per op, in native memory, for the kernels to walk through. Offsets and strides count elements.
#pragma once
#include <cstdint>

namespace duet {
namespace DUET_ISA {  // one copy per instruction set: inline functions must not be merged across them

/** What a convolution does with a sum before it stores it. Numbers of ConvolutionPlan.Epilogue in Java. */
enum Epilogue { plainEpilogue = 0, biasEpilogue = 1, biasReluEpilogue = 2, sumEpilogue = 3, gateSumEpilogue = 4 };

/** One run of input channels that meet one run of weight rows. */
struct Tap {
    int32_t source;   // offset in a source image
    int32_t weights;  // offset of the first weight row
    int32_t length;   // consecutive elements of the source, and rows of the weights; even for a bfloat16 source
};

/** One position of the target image: its taps are taps[first] to taps[first + count - 1]. */
struct Target {
    int32_t offset;
    int32_t first, count;
    int32_t bias;  // offset of its first bias: 0 but in linear layers, which have one per feature
};

/** A convolution, its adjoint or a matrix product: target[position] = sum over taps of source run times weight rows. */
struct ConvolutionPlan {
    int32_t targets;
    int32_t channels;     // of the target: columns of the weights that are used
    int32_t weightStride; // elements of a weight row
    int32_t sourceImage;  // elements per image
    int32_t targetImage;
    int32_t piece;        // at most 32 elements, an even number that divides the lengths of all taps of a bfloat16 source
    int32_t firstTap;     // index of the first int32 of the taps; the targets start at int32 number 7

    const Target* targetList() const { return reinterpret_cast<const Target*>(this + 1); }
    const Tap* taps() const {
        return reinterpret_cast<const Tap*>(reinterpret_cast<const int32_t*>(this) + firstTap);
    }
};

/** Where one position of the fine image meets one of the coarse image. */
struct Pair {
    int32_t fine, coarse;
};

/** Rows of the weight matrix that share their pairs. */
struct Panel {
    int32_t row, rows;
    int32_t first, count;  // pairs
    int32_t initial;       // 1: overwrites its rows; 0: adds to what an earlier panel of the plan left there
};

/** Gradient of the weights, rows (kernel tap, fine channel), columns coarse channels. */
struct WeightPlan {
    int32_t panels;
    int32_t columns;
    int32_t fineImage;  // elements per image
    int32_t coarseImage;
    int32_t group;      // images whose products stay in registers at a time
    int32_t firstPair;  // index of the first int32 of the pairs; the panels start at int32 number 6

    const Panel* panelList() const { return reinterpret_cast<const Panel*>(this + 1); }
    const Pair* pairs() const {
        return reinterpret_cast<const Pair*>(reinterpret_cast<const int32_t*>(this) + firstPair);
    }
};

/** What a shard's gradient of a linear layer's weights sums up, all images in one group of pairs; 64-bit words. */
struct WeightProducts {
    const WeightPlan* plan;
    int64_t fineType;
    const void* fine;
    int64_t coarseType;
    const void* coarse;
    int64_t images;
    uint32_t __attribute__((may_alias)) * scratch;  // as for convolveWeights
};

/** Of the weights whose gradient is summed where Adam needs it: its rows stay in the nearest cache. */
constexpr int maxProductColumns = 8192;

constexpr int maxFewChannels = 4;

/** A transposed convolution to at most maxFewChannels: a decoder's last layer with its likelihood, or a first layer's dx. */
struct OutputPlan {
    int32_t coarseHeight, coarseWidth, coarseChannels;
    int32_t fineHeight, fineWidth, fineChannels;
    int32_t kernel, stride, padding;
    int32_t rows;    // B, rows of the target
    int32_t blocks;  // n, blocks of B logits judged against the same target

    /** source position (coarse channels) to its contributions (kernel row, kernel column, fine channel). */
    const ConvolutionPlan& contributions() const { return *reinterpret_cast<const ConvolutionPlan*>(this + 1); }
};

/** InfoNCE between paired rows, 64-bit words. */
struct ContrastPlan {
    const float *a, *b;
    float *dA, *dB;  // null where there is none
    int64_t aStride, bStride;
    int64_t count, columns, group;  // rows, compared columns, rows that are told apart
    double inverseTemperature, weight;
};

}  // namespace DUET_ISA
}  // namespace duet
