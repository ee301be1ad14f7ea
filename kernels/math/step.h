// The scalars of one step, as the kernels read them from device memory: dev.duet.backend.StepScalars, 32 bytes.
#pragma once
#include "hd.h"

namespace duet {

struct StepScalars {
    uint64_t seed;        // key of the noise
    uint32_t step;        // number of the step that the noise belongs to, from 0
    float beta;           // weight of KL(q(s|x) || N(0, I))
    float betaPrivate;    // weight of the private codes' KL
    float learningRate;   // Adam's step size
    uint32_t adamStep;    // Adam's t, from 1
    uint32_t reserved;
};

static_assert(sizeof(StepScalars) == 32, "the host fills 32 bytes");

}  // namespace duet
