// Lets the .cu files compile as C++: what CUDA predefines, as far as our kernels use it. Included before each of them.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __constant__ static const
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) alignas(n)

#define SIMCUDA_HIDDEN extern __attribute__((visibility("hidden")))

struct simcuda_uint3 {
    unsigned x, y, z;
};
SIMCUDA_HIDDEN simcuda_uint3 threadIdx, blockIdx, blockDim, gridDim;
const int warpSize = 32;

/** Ends when all threads of the block are here. */
SIMCUDA_HIDDEN void simcuda_barrier(int line);
/** Each thread of the mask brings a value and gets that of the lane (of its warp) that it names; ends when all are here. */
SIMCUDA_HIDDEN uint64_t simcuda_exchange(unsigned mask, uint64_t value, int lane, int line);
/** Bit l: lane l of the mask brought true. */
SIMCUDA_HIDDEN unsigned simcuda_ballot(unsigned mask, bool vote, int line);
SIMCUDA_HIDDEN int simcuda_lane();

inline void __syncthreads(int line = __builtin_LINE()) { simcuda_barrier(line); }
inline void __syncwarp(unsigned mask = 0xffffffffu, int line = __builtin_LINE()) { simcuda_exchange(mask, 0, 0, line); }
inline void __threadfence() { asm volatile("" ::: "memory"); }
inline void __threadfence_block() { asm volatile("" ::: "memory"); }

inline unsigned __ballot_sync(unsigned mask, int vote, int line = __builtin_LINE()) { return simcuda_ballot(mask, vote, line); }
inline int __any_sync(unsigned mask, int vote, int line = __builtin_LINE()) { return simcuda_ballot(mask, vote, line) != 0; }
inline int __all_sync(unsigned mask, int vote, int line = __builtin_LINE()) { return simcuda_ballot(mask, vote, line) == mask; }

/** The value of a lane; a lane outside of the section of `width` lanes means the thread's own. */
template <typename T>
inline T simcuda_shuffle(unsigned mask, T value, int lane, int width, int line) {
    static_assert(sizeof(T) <= 8, "shuffles move at most 8 bytes");
    int own = simcuda_lane(), first = own / width * width;
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof value);
    bits = simcuda_exchange(mask, bits, lane < first || lane >= first + width ? own : lane, line);
    memcpy(&value, &bits, sizeof value);
    return value;
}
template <typename T>
inline T __shfl_sync(unsigned mask, T value, int lane, int width = 32, int line = __builtin_LINE()) {
    return simcuda_shuffle(mask, value, simcuda_lane() / width * width + lane % width, width, line);
}
template <typename T>
inline T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = 32, int line = __builtin_LINE()) {
    return simcuda_shuffle(mask, value, simcuda_lane() + static_cast<int>(distance), width, line);
}
template <typename T>
inline T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = 32, int line = __builtin_LINE()) {
    return simcuda_shuffle(mask, value, simcuda_lane() - static_cast<int>(distance), width, line);
}
template <typename T>
inline T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32, int line = __builtin_LINE()) {
    return simcuda_shuffle(mask, value, simcuda_lane() ^ lanes, width, line);
}

// One thread runs at a time, so that plain accesses are atomic.
template <typename T>
inline T atomicAdd(T* address, T value) {
    T old = *address;
    *address = old + value;
    return old;
}
inline unsigned atomicInc(unsigned* address, unsigned limit) {
    unsigned old = *address;
    *address = old >= limit ? 0 : old + 1;
    return old;
}
template <typename T>
inline T atomicExch(T* address, T value) {
    T old = *address;
    *address = value;
    return old;
}
template <typename T>
inline T atomicCAS(T* address, T expected, T value) {
    T old = *address;
    if (old == expected) *address = value;
    return old;
}

template <typename To, typename From>
inline To simcuda_bits(From from) {
    To to;
    memcpy(&to, &from, sizeof to);
    return to;
}
inline int __float_as_int(float x) { return simcuda_bits<int>(x); }
inline float __int_as_float(int x) { return simcuda_bits<float>(x); }
inline unsigned __float_as_uint(float x) { return simcuda_bits<unsigned>(x); }
inline float __uint_as_float(unsigned x) { return simcuda_bits<float>(x); }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz(static_cast<unsigned>(x)); }
inline int __ffs(int x) { return __builtin_ffs(x); }
template <typename T>
inline T __ldg(const T* address) {
    return *address;
}

/** size, offset of each parameter in turn. */
SIMCUDA_HIDDEN void simcuda_register(const char* file, const char* name, void (*invoke)(const char*), const int* layout, int parameters);

/** Runs one thread of an entry, with its arguments laid out like the members of a struct. */
template <auto entry>
struct simcuda_entry;

template <typename... P, void (*entry)(P...)>
struct simcuda_entry<entry> {
    static const int count = sizeof...(P);

    struct Layout {
        int sizeOffset[2 * count + 1] = {};
        constexpr Layout() {
            const int sizes[] = {int(sizeof(P))..., 0}, alignments[] = {int(alignof(P))..., 1};
            int end = 0;
            for (int i = 0; i < count; i++) {
                int offset = (end + alignments[i] - 1) / alignments[i] * alignments[i];
                sizeOffset[2 * i] = sizes[i];
                sizeOffset[2 * i + 1] = offset;
                end = offset + sizes[i];
            }
        }
    };
    static constexpr Layout layout = {};

    template <size_t... i>
    __attribute__((no_sanitize("thread"))) static void call(const char* arguments, std::index_sequence<i...>) {
        entry(*reinterpret_cast<const P*>(arguments + layout.sizeOffset[2 * i + 1])...);
    }
    __attribute__((no_sanitize("thread"))) static void invoke(const char* arguments) {
        call(arguments, std::make_index_sequence<sizeof...(P)>());
    }
};

#define SIMCUDA_REGISTER(file, name, entry) \
    simcuda_register(file, name, simcuda_entry<entry>::invoke, simcuda_entry<entry>::layout.sizeOffset, simcuda_entry<entry>::count)
