// Likelihoods with their gradients on given logits: docs/design.md E5 to E7. Grid: y over blocks (rows of terms), x over a
// block's values, 16 bytes per thread, at most 4 blocks per multiprocessor in all.
#include "device.cuh"
#include "math/likelihood.h"

namespace duet {

/** Numbers of one block; target, mean and dLogits may be null. */
template <typename T>
struct Block {
    const T* logits;
    const float* target;
    float* mean;
    T* dLogits;
    float weight, inverseScale, logNormaliser;
};

/** n values from i on; their nll. */
template <int kind, int n, typename T>
DUET_DEVICE float judge(const Block<T>& b, int64_t i) {
    Pack<float, n> logits = loadFloats<n>(b.logits + i), x = loadPack<n>(b.target + i), mean, d;
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

/** n means from i on. */
template <int n, typename T>
DUET_DEVICE void means(const Block<T>& b, int64_t i) {
    Pack<float, n> logits = loadFloats<n>(b.logits + i), mean;
#pragma unroll
    for (int k = 0; k < n; k++) mean.at[k] = sigmoidParts(logits.at[k]).mean;
    storePack<n>(b.mean + i, mean);
}

/** This thread's part of a block's nll, n values at a time, n dividing size. */
template <int n, typename T>
DUET_DEVICE float judgeBlock(int kind, const Block<T>& b, int64_t size) {
    float nll = 0;
    int64_t packs = size / n;
    if (b.target == nullptr) {
        forShare(packs, [&](int64_t i) { means<n>(b, i * n); });
    } else if (kind == bernoulliKind) {
        forShare(packs, [&](int64_t i) { nll += judge<bernoulliKind, n>(b, i * n); });
    } else if (kind == gaussianKind) {
        forShare(packs, [&](int64_t i) { nll += judge<gaussianKind, n>(b, i * n); });
    } else {
        forShare(packs, [&](int64_t i) { nll += judge<laplaceKind, n>(b, i * n); });
    }
    return nll;
}

template <typename T>
DUET_DEVICE void likelihood(int kind, float inverseScale, float logNormaliser, const float* weights, const T* logits,
                            const float* target, float* mean, T* dLogits, float* terms, float* partials,
                            unsigned* counter, int blocks, int64_t size) {
    bool wide = size % packed<T> == 0 && aligned(logits) && aligned(target) && aligned(mean) && aligned(dLogits);
    forRowsOfGrid(blocks, [&](int block) {
        int64_t offset = block * size;
        Block<T> b = {logits + offset, target, mean == nullptr ? nullptr : mean + offset,
                      dLogits == nullptr ? nullptr : dLogits + offset, weights[block], inverseScale, logNormaliser};
        float nll = wide ? judgeBlock<packed<T>>(kind, b, size) : judgeBlock<1>(kind, b, size);
        if (target == nullptr) return;
        float sum = blockSum(nll);
        if (threadIdx.x == 0) partials[static_cast<int64_t>(blockIdx.x) * blocks + block] = sum;
    });
    if (target != nullptr) sumPartials(terms, partials, counter, static_cast<int>(gridDim.x), blocks);
}

}  // namespace duet

using namespace duet;

/**
 * terms[i] = nll of block i of logits (blocks, blockSize) against target (blockSize), in nats; dLogits, scaled by
 * weights[i]; mean = sigmoid(logits). target may be null for means alone; mean and dLogits may be null. partials
 * (gridDim.x, blocks).
 */
DUET_KERNEL likelihood_f32(int kind, float inverseScale, float logNormaliser, const float* weights,
                                          const float* logits, const float* target, float* mean, float* dLogits,
                                          float* terms, float* partials, unsigned* counter, int blocks,
                                          long long blockSize) {
    likelihood(kind, inverseScale, logNormaliser, weights, logits, target, mean, dLogits, terms, partials, counter,
               blocks, blockSize);
}

/** As likelihood_f32, with logits and their gradients stored in bf16. */
DUET_KERNEL likelihood_bf16(int kind, float inverseScale, float logNormaliser, const float* weights,
                                           const bf16* logits, const float* target, float* mean, bf16* dLogits,
                                           float* terms, float* partials, unsigned* counter, int blocks,
                                           long long blockSize) {
    likelihood(kind, inverseScale, logNormaliser, weights, logits, target, mean, dLogits, terms, partials, counter,
               blocks, blockSize);
}
