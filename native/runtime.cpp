// Choice of the instruction set, and memory.
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "duet.h"

namespace duet {

int currentIsa = baselineIsa;

int bestIsa() {
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    bool avx512Bf16 = avx512 && __builtin_cpu_supports("avx512bf16");
    return avx512Bf16 ? avx512Bf16Isa : avx512 ? avx512Isa : avx2 ? avx2Isa : baselineIsa;
}

void selectIsa(int isa) { currentIsa = isa; }

int64_t allocate(int64_t bytes) {
    const int64_t page = 1 << 21;
    int64_t size = (bytes + page - 1) / page * page;
    void* memory = std::aligned_alloc(page, size);
    if (memory == nullptr) return 0;
    madvise(memory, size, MADV_HUGEPAGE);  // a wish: without it the kernels only run a little slower
    std::memset(memory, 0, size);
    return reinterpret_cast<int64_t>(memory);
}

void release(int64_t address) { std::free(reinterpret_cast<void*>(address)); }

}  // namespace duet
