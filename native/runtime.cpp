// Choice of the instruction set, and memory.
#include <sys/mman.h>

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

static const int64_t page = 1 << 21;

static int64_t roundedToPages(int64_t bytes) { return (bytes + page - 1) / page * page; }

int64_t allocate(int64_t bytes) {
    int64_t size = roundedToPages(bytes);
    // one page more than needed, of which what lies before and behind the large pages goes back
    void* mapped = mmap(nullptr, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return 0;
    int64_t start = reinterpret_cast<int64_t>(mapped);
    int64_t address = roundedToPages(start);
    if (address > start) munmap(mapped, address - start);
    if (address < start + page) munmap(reinterpret_cast<void*>(address + size), start + page - address);
    madvise(reinterpret_cast<void*>(address), size, MADV_HUGEPAGE);  // a wish: without it the kernels only run a little slower
    return address;
}

void release(int64_t address, int64_t bytes) { munmap(reinterpret_cast<void*>(address), roundedToPages(bytes)); }

}  // namespace duet
