// Adam over the flat parameter buffer: docs/design.md E9. Grid: 4 parameters per thread, at most 512 blocks.
#include "math/adam.h"
#include "device.cuh"
#include "math/step.h"

namespace duet {

/** The buffers, all (count); copy may be null. */
struct Parameters {
    float *value, *m, *v;
    const float* gradient;
    bf16* copy;
};

template <int n>
DUET_DEVICE void update(const AdamScalars& scalars, const Parameters& p, int64_t i) {
    Pack<float, n> gradient = loadPack<n>(p.gradient + i), value = loadPack<n>(p.value + i), m = loadPack<n>(p.m + i),
                   v = loadPack<n>(p.v + i);
#pragma unroll
    for (int k = 0; k < n; k++) adamUpdate(scalars, gradient.at[k], value.at[k], m.at[k], v.at[k]);
    storePack<n>(p.value + i, value);
    storePack<n>(p.m + i, m);
    storePack<n>(p.v + i, v);
    if (p.copy != nullptr) storeFloats<n>(p.copy + i, value);
}

}  // namespace duet

using namespace duet;

/** One update of value, m and v (count) from gradient; copy gets the values in bf16. */
DUET_KERNEL adam(const StepScalars* step, double beta1, double beta2, double epsilon, float* value, float* m, float* v,
                 const float* gradient, bf16* copy, long long count) {
    __shared__ AdamScalars shared;
    if (threadIdx.x == 0) shared = adamScalars(beta1, beta2, epsilon, step->learningRate, step->adamStep);
    __syncthreads();
    const AdamScalars scalars = shared;
    const Parameters p = {value, m, v, gradient, copy};
    int64_t whole = aligned(value) && aligned(m) && aligned(v) && aligned(gradient) && aligned(copy) ? count / 4 : 0;
    forShare(whole, [&](int64_t i) { update<4>(scalars, p, i * 4); });
    forShare(count - whole * 4, [&](int64_t i) { update<1>(scalars, p, whole * 4 + i); });
}
