// Standard normal noise: Philox4x32-10 and Box-Muller, four numbers per thread. Grid: one thread per four numbers.
#include "device.cuh"
#include "math/philox.h"
#include "math/step.h"

using namespace duet;

/** eps (count): numbers first to first + count - 1 of the stream NOISE at the step's seed and number. */
DUET_KERNEL normal(const StepScalars* step, float* eps, long long first, long long count) {
    const uint64_t seed = step->seed;
    const uint32_t number = step->step;
    const int64_t end = first + count;
    const bool whole = first % 4 == 0 && aligned(eps);
    forShare((end + 3) / 4 - first / 4, [&](int64_t i) {
        int64_t block = first / 4 + i;
        Pack<float, 4> draw;
        normalBlock(seed, streamNoise, number, static_cast<uint64_t>(block), draw.at);
        int64_t index = block * 4 - first;  // of the first of the four in eps
        if (whole && index + 4 <= count) {
            storePack<4>(eps + index, draw);
            return;
        }
#pragma unroll
        for (int k = 0; k < 4; k++) {
            if (index + k >= 0 && index + k < count) eps[index + k] = draw.at[k];
        }
    });
}
