// Cross-entropy of the judges: docs/design.md E12. Grid: one thread per row, small blocks.
#include "device.cuh"
#include "math/cross_entropy.h"

using namespace duet;

/**
 * terms[0] = cross-entropy of logits (rows, classes) at labels (rows), in nats; dLogits = softmax - onehot, or null.
 * partials (blocks).
 */
DUET_KERNEL cross_entropy(const float* logits, const int* labels, float* dLogits, float* terms, float* partials,
                          unsigned* counter, int rows, int classes) {
    float total = 0;
    forShare(rows, [&](int64_t row) {
        float* d = dLogits == nullptr ? nullptr : dLogits + row * classes;
        total += static_cast<float>(crossEntropyOfRow(logits + row * classes, classes, labels[row], d));
    });
    float sum = blockSum(total);
    if (threadIdx.x == 0) partials[blockIdx.x] = sum;
    sumPartials(terms, partials, counter, static_cast<int>(gridDim.x), 1);
}
