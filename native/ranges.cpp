// Named ranges for an attached profiler, through NVIDIA's library for them (NVTX); it belongs to the CUDA toolkit.
#include <dlfcn.h>

#include "duet.h"

namespace duet {

namespace {
int (*push)(const char* name) = nullptr;
int (*pop)() = nullptr;
}  // namespace

bool openRanges(const char* library) {
    void* handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return false;
    auto foundPush = reinterpret_cast<int (*)(const char*)>(dlsym(handle, "nvtxRangePushA"));
    auto foundPop = reinterpret_cast<int (*)()>(dlsym(handle, "nvtxRangePop"));
    if (foundPush == nullptr || foundPop == nullptr) return false;
    push = foundPush;
    pop = foundPop;
    return true;
}

void pushRange(const char* name) { push(name); }

void popRange() { pop(); }

}  // namespace duet
