// What the kernels share: vectors of 16 bytes, sums over a block and over a grid. Formulas are not here but in math/.
// Geometry: every kernel is correct for any grid and any block that is a multiple of 32 threads, at most 256.
#pragma once

#include "math/bf16.h"

#define DUET_DEVICE __device__ __forceinline__
// One block per multiprocessor at least: with a higher aim some compilers spill registers.
#define DUET_KERNEL extern "C" __global__ void __launch_bounds__(duet::maxThreads, 1)

namespace duet {

constexpr int maxThreads = 256;
constexpr int warpSize32 = 32;

/** n values that one access moves. */
template <typename T, int n>
struct alignas(sizeof(T) * n < 16 ? sizeof(T) * n : 16) Pack {
    T at[n];
};

/** Values of T in 16 bytes. */
template <typename T>
constexpr int packed = 16 / static_cast<int>(sizeof(T));

template <int n, typename T>
DUET_DEVICE Pack<T, n> loadPack(const T* p) {
    return *reinterpret_cast<const Pack<T, n>*>(p);
}

template <int n, typename T>
DUET_DEVICE void storePack(T* p, const Pack<T, n>& pack) {
    *reinterpret_cast<Pack<T, n>*>(p) = pack;
}

/** n values of T at p in float. */
template <int n, typename T>
DUET_DEVICE Pack<float, n> loadFloats(const T* p) {
    Pack<T, n> stored = loadPack<n>(p);
    Pack<float, n> result;
#pragma unroll
    for (int k = 0; k < n; k++) result.at[k] = toFloat(stored.at[k]);
    return result;
}

template <int n, typename T>
DUET_DEVICE void storeFloats(T* p, const Pack<float, n>& values) {
    Pack<T, n> stored;
#pragma unroll
    for (int k = 0; k < n; k++) store(stored.at[k], values.at[k]);
    storePack<n>(p, stored);
}

/** Whether an access of 16 bytes may start at p. */
DUET_DEVICE bool aligned(const void* p) { return (reinterpret_cast<uint64_t>(p) & 15) == 0; }

/** Number of this thread among those of its grid's row (grid.y counts separately), and how many there are. */
DUET_DEVICE int64_t threadOfRow() { return static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; }
DUET_DEVICE int64_t threadsOfRow() { return static_cast<int64_t>(gridDim.x) * blockDim.x; }

/** Calls body(i) for this thread's share of 0 to count - 1, dealt out among the threads of its grid's row. */
template <typename Body>
DUET_DEVICE void forShare(int64_t count, Body body) {
#pragma unroll 1
    for (int64_t i = threadOfRow(); i < count; i += threadsOfRow()) body(i);
}

/** Calls body(k) for the k from 0 to count - 1 that belong to this thread's row of the grid. */
template <typename Body>
DUET_DEVICE void forRowsOfGrid(int64_t count, Body body) {
#pragma unroll 1
    for (int k = static_cast<int>(blockIdx.y); k < count; k += static_cast<int>(gridDim.y)) body(k);
}

/** Sum of x over the block, in thread 0; the same bits each time. All threads call it. */
DUET_DEVICE float blockSum(float x) {
    __shared__ float warps[maxThreads / warpSize32];
    for (int distance = warpSize32 / 2; distance > 0; distance /= 2) x += __shfl_down_sync(0xffffffffu, x, distance);
    __syncthreads();  // the last call's sums have been read
    if (threadIdx.x % warpSize32 == 0) warps[threadIdx.x / warpSize32] = x;
    __syncthreads();
    if (threadIdx.x != 0) return 0;
    float total = warps[0];
    for (int warp = 1; warp < static_cast<int>(blockDim.x) / warpSize32; warp++) total += warps[warp];
    return total;
}

/**
 * True in all threads of the block that comes here last of blocks; then what they all stored before is visible to it.
 * counter is 0 before a launch and after it.
 */
DUET_DEVICE bool isLastBlock(unsigned* counter, unsigned blocks) {
    __shared__ bool last;
    __syncthreads();
    if (threadIdx.x == 0) {
        __threadfence();  // this block's stores before its count
        last = atomicInc(counter, blocks - 1) == blocks - 1;  // the last increment wraps to 0
        __threadfence();  // its count before reading the others' stores
    }
    __syncthreads();
    return last;
}

/**
 * sums[i] = sum over r of partials (rows, columns) for i from first to first + n - 1, in double, in an order that
 * depends on rows, n and the block's size alone. All threads call it. Volatile, because the L1 cache may hold old
 * partials.
 */
DUET_DEVICE void sumColumns(float* sums, const volatile float* partials, int rows, int columns, int first, int n) {
    __shared__ double part[maxThreads];
    int threads = static_cast<int>(blockDim.x), thread = static_cast<int>(threadIdx.x);
    int shares = 1;  // threads per sum
    while (2 * shares * n <= threads) shares *= 2;
    int wide = shares > 1 ? n : threads;  // sums at a time
    int share = thread / wide;
    __syncthreads();  // the last call's sums have been read
    for (int i = thread % wide; i - thread % wide < n; i += wide) {
        double total = 0;
        if (share < shares && i < n) {
#pragma unroll 8
            for (int r = share; r < rows; r += shares) total += partials[static_cast<int64_t>(r) * columns + first + i];
        }
        part[thread] = total;
        for (int half = shares / 2; half > 0; half /= 2) {
            __syncthreads();
            if (share < half) part[thread] += part[thread + half * wide];
        }
        if (share == 0 && i < n) sums[first + i] = static_cast<float>(part[thread]);
    }
}

/** The block that comes last stores the sums of partials (rows, n) over the rows. All threads of all blocks call it. */
DUET_DEVICE void sumPartials(float* sums, const float* partials, unsigned* counter, int rows, int n) {
    if (isLastBlock(counter, gridDim.x * gridDim.y)) sumColumns(sums, partials, rows, n, 0, n);
}

}  // namespace duet
