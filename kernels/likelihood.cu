// Likelihoods with their gradients on given logits: docs/design.md E5 to E7. Grid: y over blocks (rows of terms), x
// over a block's values, 16 bytes per thread, at most 512 blocks in all.
#include "judge.cuh"

namespace duet {

template <typename T>
DUET_DEVICE void likelihood(const Judgement<T>& j, const T* logits, float* terms, float* partials, unsigned* counter) {
    bool wide = j.takes(packed<T>) && aligned(logits);
    j.sum(terms, partials, counter, [&](const Block<T>& b, int number) {
        const T* own = logits + number * j.size;
        auto many = [=](int64_t i) { return loadFloats<packed<T>>(own + i); };
        auto one = [=](int64_t i) { return loadFloats<1>(own + i); };
        return wide ? judgeBlock<packed<T>>(j.kind, b, j.size, many) : judgeBlock<1>(j.kind, b, j.size, one);
    });
}

template <typename T>
DUET_DEVICE void meanGradient(const float* mean, const float* dMean, T* dLogits, int64_t count) {
    forShare(count, [&](int64_t i) { store(dLogits[i], dMean[i] * sigmoidSlope(mean[i])); });
}

}  // namespace duet

using namespace duet;

/**
 * terms[i] = nll of block i of logits (blocks, blockSize) against target (blockSize), in nats; dLogits, scaled by
 * weights[i]; mean = sigmoid(logits). target may be null for means alone; mean and dLogits may be null. partials
 * (gridDim.x, blocks).
 */
DUET_KERNEL likelihood_f32(int kind, float inverseScale, float logNormaliser, const float* weights,
                           const float* logits, const float* target, float* mean, float* dLogits, float* terms,
                           float* partials, unsigned* counter, int blocks, long long blockSize) {
    likelihood({kind, inverseScale, logNormaliser, weights, target, mean, dLogits, blocks, blockSize}, logits, terms,
               partials, counter);
}

/** As likelihood_f32, with logits and their gradients stored in bf16. */
DUET_KERNEL likelihood_bf16(int kind, float inverseScale, float logNormaliser, const float* weights,
                            const bf16* logits, const float* target, float* mean, bf16* dLogits, float* terms,
                            float* partials, unsigned* counter, int blocks, long long blockSize) {
    likelihood({kind, inverseScale, logNormaliser, weights, target, mean, dLogits, blocks, blockSize}, logits, terms,
               partials, counter);
}

/** dLogits (count) from the gradient of the means of logits. */
DUET_KERNEL mean_gradient_f32(const float* mean, const float* dMean, float* dLogits, long long count) {
    meanGradient(mean, dMean, dLogits, count);
}

/** As mean_gradient_f32, with dLogits stored in bf16. */
DUET_KERNEL mean_gradient_bf16(const float* mean, const float* dMean, bf16* dLogits, long long count) {
    meanGradient(mean, dMean, dLogits, count);
}
