// Judging logits against images, wherever the logits come from: docs/design.md E5 to E7. For likelihood.cu and
// output.cu.
#pragma once
#include "device.cuh"
#include "math/likelihood.h"

namespace duet {

/** One block's images; target, mean and dLogits may be null. */
template <typename T>
struct Block {
    const float* target;
    float* mean;
    T* dLogits;
    float weight, inverseScale, logNormaliser;
};

/** Judges n logits, those from i on; their nll. */
template <int kind, int n, typename T>
DUET_DEVICE float judge(const Block<T>& b, int64_t i, const Pack<float, n>& logits) {
    Pack<float, n> x = loadPack<n>(b.target + i), mean, d;
    float nll = 0;
#pragma unroll
    for (int k = 0; k < n; k++) {
        Pixel pixel = judgePixel<kind>(logits.at[k], x.at[k], b.inverseScale, b.logNormaliser);
        nll += pixel.nll;
        mean.at[k] = pixel.mean;
        d.at[k] = b.weight * pixel.dLogit;
    }
    if (b.mean != nullptr) storePack<n>(b.mean + i, mean);
    if (b.dLogits != nullptr) storeFloats<n>(b.dLogits + i, d);
    return nll;
}

/** The means of n logits, those from i on. */
template <int n, typename T>
DUET_DEVICE void means(const Block<T>& b, int64_t i, const Pack<float, n>& logits) {
    Pack<float, n> mean;
#pragma unroll
    for (int k = 0; k < n; k++) mean.at[k] = sigmoidParts(logits.at[k]).mean;
    storePack<n>(b.mean + i, mean);
}

/** This thread's part of a block's nll, n values at a time, n dividing size; logits(i) gives those from i on. */
template <int n, typename T, typename Logits>
DUET_DEVICE float judgeBlock(int kind, const Block<T>& b, int64_t size, Logits logits) {
    float nll = 0;
    int64_t packs = size / n;
    if (b.target == nullptr) {
        forShare(packs, [&](int64_t i) { means<n>(b, i * n, logits(i * n)); });
    } else if (kind == bernoulliKind) {
        forShare(packs, [&](int64_t i) { nll += judge<bernoulliKind, n>(b, i * n, logits(i * n)); });
    } else if (kind == gaussianKind) {
        forShare(packs, [&](int64_t i) { nll += judge<gaussianKind, n>(b, i * n, logits(i * n)); });
    } else {
        forShare(packs, [&](int64_t i) { nll += judge<laplaceKind, n>(b, i * n, logits(i * n)); });
    }
    return nll;
}

/** A likelihood of all blocks. */
template <typename T>
struct Judgement {
    int kind;
    float inverseScale, logNormaliser;
    const float* weights;
    const float* target;
    float* mean;
    T* dLogits;
    int blocks;
    int64_t size;  // of a block

    DUET_DEVICE Block<T> block(int number) const {
        int64_t offset = number * size;
        return {target, mean == nullptr ? nullptr : mean + offset, dLogits == nullptr ? nullptr : dLogits + offset,
                weights[number], inverseScale, logNormaliser};
    }

    /** Whether n values of each at a time suit. */
    DUET_DEVICE bool takes(int n) const {
        return size % n == 0 && aligned(target) && aligned(mean) && aligned(dLogits);
    }

    /** terms; nllOf(block, number) judges this thread's share of a block and gives its nll. */
    template <typename Nll>
    DUET_DEVICE void sum(float* terms, float* partials, unsigned* counter, Nll nllOf) const {
        forRowsOfGrid(blocks, [&](int number) {
            float nll = nllOf(block(number), number);
            if (target == nullptr) return;
            float sum = blockSum(nll);
            if (threadIdx.x == 0) partials[static_cast<int64_t>(blockIdx.x) * blocks + number] = sum;
        });
        if (target != nullptr) sumPartials(terms, partials, counter, static_cast<int>(gridDim.x), blocks);
    }
};

}  // namespace duet
