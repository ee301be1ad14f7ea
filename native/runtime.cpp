// Choice of the instruction set, and memory.
#include <cpuid.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "duet.h"

namespace duet {

int currentIsa = baselineIsa;

/** Whether the processor has AMX-TILE and AMX-BF16, and the system keeps tiles and lets this process use them. */
static bool allowsTiles() {
#if defined(__AMX_BF16__)
    unsigned a, b, c, d, saved, high;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    const unsigned amx = 1 << 24 | 1 << 22, states = 1 << 17 | 1 << 18;  // tile, bf16; configuration, data
    if ((d & amx) != amx) return false;
    asm volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
    if ((saved & states) != states) return false;
    const long requestPermission = 0x1023, tileData = 18;  // Linux: ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    static const bool allowed = syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
    return allowed;
#else
    return false;  // the compiler did not know AMX
#endif
}

int bestIsa() {
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    bool avx512Bf16 = avx512 && __builtin_cpu_supports("avx512bf16");
    if (avx512Bf16 && allowsTiles()) return amxIsa;
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
