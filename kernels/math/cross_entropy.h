// Cross-entropy of one sample of a classifier: docs/design.md E12. Units: nats.
#pragma once
#include "hd.h"

namespace duet {

/** -log softmax(logits)[label] over the classes; dLogits, unless null, gets softmax - onehot. */
DUET_HD double crossEntropyOfRow(const float* logits, int classes, int label, float* dLogits) {
    float largest = logits[0];
    for (int k = 1; k < classes; k++) largest = logits[k] > largest ? logits[k] : largest;
    double partition = 0;
    for (int k = 0; k < classes; k++) partition += exp(static_cast<double>(logits[k]) - largest);
    for (int k = 0; k < classes && dLogits != nullptr; k++) {
        double share = exp(static_cast<double>(logits[k]) - largest) / partition;
        dLogits[k] = static_cast<float>(share - (k == label ? 1 : 0));
    }
    return largest + log(partition) - logits[label];
}

}  // namespace duet
