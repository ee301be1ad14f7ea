// What Java binds (dev.duet.backend.cpu.CpuKernels): each kernel in the instruction set chosen at run time.
#pragma once
#include <cstdint>

#define DUET_ISA baseline
#include "kernels.h"
#undef DUET_ISA
#define DUET_ISA avx2
#include "kernels.h"
#undef DUET_ISA
#define DUET_ISA avx512
#include "kernels.h"
#undef DUET_ISA
#define DUET_ISA avx512bf16
#include "kernels.h"
#undef DUET_ISA
#define DUET_ISA amx
#include "kernels.h"
#undef DUET_ISA
#define DUET_ISA amxemulated
#include "kernels.h"
#undef DUET_ISA

namespace duet {

/** Numbers of dev.duet.backend.cpu.Isa. The emulated tiles are for tests, on machines with avx512Bf16Isa. */
enum Isa { baselineIsa = 0, avx2Isa = 1, avx512Isa = 2, avx512Bf16Isa = 3, amxIsa = 4, emulatedAmxIsa = 5 };

/** The instruction set that the kernels run in; set before the first kernel, from one thread. */
extern int currentIsa;

/** The best instruction set of this machine. */
int bestIsa();

void selectIsa(int isa);

/** Zeroed memory in large pages of 2 MiB, where the system has them, or 0. The system gives it when it is first touched. */
int64_t allocate(int64_t bytes);

/** bytes as allocated. */
void release(int64_t address, int64_t bytes);

/** The address of a direct buffer comes as a pointer from JavaCPP. */
inline int64_t addressOf(const void* pointer) { return reinterpret_cast<int64_t>(pointer); }

/** Opens the profiler's library by its name or path; false if it is not there or lacks a function. */
bool openRanges(const char* library);

/** Begins and ends a named range of the calling thread; only once openRanges was true. */
void pushRange(const char* name);
void popRange();

#define DUET_DISPATCH_AMX(kernel, amx, amxemulated)                        \
    template <typename... Arguments>                                       \
    auto kernel(Arguments... arguments) {                                  \
        switch (currentIsa) {                                              \
            case emulatedAmxIsa: return amxemulated::kernel(arguments...); \
            case amxIsa: return amx::kernel(arguments...);                 \
            case avx512Bf16Isa: return avx512bf16::kernel(arguments...);   \
            case avx512Isa: return avx512::kernel(arguments...);           \
            case avx2Isa: return avx2::kernel(arguments...);               \
            default: return baseline::kernel(arguments...);                \
        }                                                                  \
    }
#define DUET_DISPATCH_TILED(kernel) DUET_DISPATCH_AMX(kernel, amx, amxemulated)
#define DUET_DISPATCH(kernel) DUET_DISPATCH_AMX(kernel, avx512bf16, avx512bf16)

// Only these multiply tiles, and only these are compiled for AMX.
DUET_DISPATCH_TILED(convolve)
DUET_DISPATCH_TILED(output)
DUET_DISPATCH_TILED(convolveToFew)

DUET_DISPATCH(convolveWeights)
DUET_DISPATCH(pairProducts)
DUET_DISPATCH(sumProducts)
DUET_DISPATCH(narrow)
DUET_DISPATCH(transpose)
DUET_DISPATCH(pairRows)
DUET_DISPATCH(transposePairs)
DUET_DISPATCH(biasGradient)
DUET_DISPATCH(gather)
DUET_DISPATCH(normal)
DUET_DISPATCH(latentForward)
DUET_DISPATCH(latentBackward)
DUET_DISPATCH(likelihood)
DUET_DISPATCH(meanGradient)
DUET_DISPATCH(crossEntropy)
DUET_DISPATCH(normForward)
DUET_DISPATCH(normBackward)
DUET_DISPATCH(poolForward)
DUET_DISPATCH(poolBackward)
DUET_DISPATCH(dropout)
DUET_DISPATCH(add)
DUET_DISPATCH(gateCopy)
DUET_DISPATCH(copyColumns)
DUET_DISPATCH(zero)
DUET_DISPATCH(augment)
DUET_DISPATCH(augmentBackward)
DUET_DISPATCH(contrast)
DUET_DISPATCH(contrastBackward)
DUET_DISPATCH(cosine)
DUET_DISPATCH(cosineBackward)
DUET_DISPATCH(adam)
DUET_DISPATCH(adamOfProducts)
DUET_DISPATCH(peak)

#undef DUET_DISPATCH
#undef DUET_DISPATCH_TILED
#undef DUET_DISPATCH_AMX

}  // namespace duet
