// Kernels with a fault each, for the tests of the simulated device; never part of Duet. faulty.ptx is made by faulty/build.sh.
#include "device.cuh"

namespace duet_faulty {

/** Sums of blocks of x, as a tree in shared memory; with the barriers that this needs, or without. */
template <bool barriers>
DUET_DEVICE void treeSum(const float* x, float* sums) {
    __shared__ float part[256];
    unsigned t = threadIdx.x;
    part[t] = x[blockIdx.x * blockDim.x + t];
    for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
        if (barriers) __syncthreads();
        if (t < half) part[t] += part[t + half];
    }
    if (t == 0) sums[blockIdx.x] = part[0];
}

}  // namespace duet_faulty

/** No fault: what the others are compared with. */
extern "C" __global__ void sum_blocks(const float* x, float* sums) { duet_faulty::treeSum<true>(x, sums); }

/** The barriers of the tree are missing. */
extern "C" __global__ void missing_barrier(const float* x, float* sums) { duet_faulty::treeSum<false>(x, sums); }

/** A barrier that only the even threads reach. */
extern "C" __global__ void divergent_barrier(float* x) {
    if (threadIdx.x % 2 == 0) __syncthreads();
    x[threadIdx.x] = 1;
}

/** Writes one element more than n when n is the size of x. */
extern "C" __global__ void write_past(float* x, int n) {
    int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i <= n) x[i] = 1;
}

/** Reads one element before x. */
extern "C" __global__ void read_before(const float* x, float* y, int n) {
    int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < n) y[i] = x[i - 1];
}

/** Writes one element past the end of an array in shared memory. */
extern "C" __global__ void write_past_shared(float* x) {
    __shared__ float near[32], far[32];
    near[threadIdx.x + 1] = 1;
    far[threadIdx.x] = 2;
    __syncthreads();
    x[threadIdx.x] = near[threadIdx.x] + far[31 - threadIdx.x];
}

/** Reads 16 bytes at an address that may be no multiple of 16. */
extern "C" __global__ void misaligned(const float* x, float* y) {
    duet::storePack<4>(y, duet::loadPack<4>(x + 1));
}

/** Reads shared memory that nothing has been written to. */
extern "C" __global__ void uninitialised_shared(float* y) {
    __shared__ float part[64];
    if (threadIdx.x < 32) part[threadIdx.x] = 1;
    __syncthreads();
    y[threadIdx.x] = part[threadIdx.x + 32];
}
