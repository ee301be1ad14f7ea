// Modules: PTX text is parsed for its entries; each runs as its C++ twin, the same .cu file compiled for the CPU.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "api.h"

namespace simcuda {

std::map<std::string, Twin>& twins() {
    static std::map<std::string, Twin> map;
    return map;
}

std::map<std::string, SharedSection>& sharedSections() {
    static std::map<std::string, SharedSection> map;
    return map;
}

namespace {

const size_t staticSharedLimit = 49152, optInSharedLimit = 232448;

/** One .entry of a module. */
struct Function {
    std::string name;
    std::vector<int> sizes; // of its parameters
    size_t staticShared = 0, dynamicShared = staticSharedLimit;
    uint64_t maxThreads = 1024;
    bool cooperative = false;
    struct Module* module = nullptr;
};

struct Module {
    std::map<std::string, Function> functions;
};

std::set<Module*>& modules() {
    static std::set<Module*> set;
    return set;
}

/** The digits after a key word, or a default. */
int64_t numberAfter(const std::string& text, const char* word, int64_t otherwise) {
    size_t at = text.find(word);
    return at == std::string::npos ? otherwise : strtoll(text.c_str() + at + strlen(word), nullptr, 10);
}

/** Bytes of a declaration such as ".param .u64 x" or ".align 4 .b8 x[128]". */
int declaredBytes(const std::string& declaration) {
    int bytes = 0;
    for (const char* type : {".b8", ".u8", ".s8", ".pred"}) bytes = declaration.find(type) != std::string::npos ? 1 : bytes;
    for (const char* type : {"16 ", "16x2 "}) bytes = declaration.find(type) != std::string::npos ? 2 : bytes;
    for (const char* type : {".b32", ".u32", ".s32", ".f32"}) bytes = declaration.find(type) != std::string::npos ? 4 : bytes;
    for (const char* type : {".b64", ".u64", ".s64", ".f64"}) bytes = declaration.find(type) != std::string::npos ? 8 : bytes;
    return bytes * static_cast<int>(numberAfter(declaration, "[", 1));
}

/** Sum of the .shared declarations in a text. */
size_t sharedBytes(const std::string& text) {
    size_t sum = 0;
    for (size_t at = text.find(".shared "); at != std::string::npos; at = text.find(".shared ", at + 1)) {
        std::string line = text.substr(at, text.find(';', at) - at);
        if (line.find('\n') == std::string::npos && line.find(".align") != std::string::npos) sum += declaredBytes(line);
    }
    return sum;
}

bool mentions(const std::string& text, std::initializer_list<const char*> words) {
    return std::any_of(words.begin(), words.end(), [&](const char* word) { return text.find(word) != std::string::npos; });
}

bool exchanges(const std::string& text) {
    return mentions(text, {"bar.sync", "barrier.", "bar.warp", "bar.red", "shfl.", "vote.", "match."});
}

/** An entry from ".entry" to the end of its body. */
Function parseEntry(const std::string& text, bool callsExchange) {
    Function f;
    size_t open = text.find('('), brace = text.find('{');
    size_t nameStart = text.find_first_not_of(" \t\n", strlen(".entry"));
    f.name = text.substr(nameStart, text.find_first_of("( \t\n", nameStart) - nameStart);
    if (open < brace) {
        std::string list = text.substr(open + 1, text.find(')', open) - open - 1);
        for (size_t at = list.find(".param"); at != std::string::npos; at = list.find(".param", at + 1)) {
            f.sizes.push_back(declaredBytes(list.substr(at, list.find(',', at) - at) + " "));
        }
    }
    f.maxThreads = numberAfter(text.substr(0, brace), ".maxntid", 1024);
    std::string body = text.substr(brace);
    f.staticShared = sharedBytes(body);
    f.cooperative = exchanges(body) || callsExchange;
    return f;
}

/** Fills the module; returns 0 or why the text is none. */
int parse(const std::string& ptx, Module& module) {
    if (ptx.find(".version") == std::string::npos || ptx.find(".target") == std::string::npos) return invalidPtx;
    std::string outsideOfEntries;
    std::vector<std::string> entries;
    size_t rest = 0;
    for (size_t at = ptx.find(".entry "); at != std::string::npos; at = ptx.find(".entry ", rest)) {
        size_t end = ptx.find("\n}", at);
        if (end == std::string::npos) return invalidPtx;
        outsideOfEntries += ptx.substr(rest, at - rest);
        entries.push_back(ptx.substr(at, end - at));
        rest = end;
    }
    outsideOfEntries += ptx.substr(rest, ptx.find(".section", rest) - rest);
    bool functionsExchange = exchanges(outsideOfEntries);
    size_t moduleShared = sharedBytes(outsideOfEntries);
    for (const std::string& entry : entries) {
        Function f = parseEntry(entry, functionsExchange);
        f.staticShared += moduleShared;
        f.module = &module;
        module.functions[f.name] = f;
    }
    return success;
}

/** 0, or why this driver does not compile PTX of this version for this device. */
int acceptable(const std::string& ptx) {
    static const std::map<int, int> driverOf = {{80, 12000}, {81, 12010}, {82, 12020}, {83, 12030}, {84, 12040},
                                                {85, 12050}, {86, 12070}, {87, 12080}, {88, 12090}, {90, 13000}};
    size_t at = ptx.find(".version ");
    double version = at == std::string::npos ? 0 : strtod(ptx.c_str() + at + strlen(".version "), nullptr);
    auto driver = driverOf.lower_bound(static_cast<int>(version * 10 + 0.5));
    if (driver == driverOf.end() || number("driver", 12060) < driver->second) return unsupportedPtxVersion;
    return numberAfter(ptx, ".target sm_", 0) > number("capability", 90) ? noBinaryForGpu : success;
}

int loadModule(CUmodule* handle, const char* image) {
    if (memcmp(image, "\177ELF", 4) == 0) {
        fault("cuModuleLoadData: the simulated device takes PTX, not a cubin");
        return invalidImage;
    }
    std::string ptx = image;
    int code = acceptable(ptx);
    Module* module = new Module;
    if (code == success) code = parse(ptx, *module);
    if (code != success) {
        delete module;
        return code;
    }
    modules().insert(module);
    *handle = reinterpret_cast<CUmodule>(module);
    return success;
}

std::string list(const std::vector<int>& sizes) {
    std::string text;
    for (int size : sizes) text += format("%s%d", text.empty() ? "" : ", ", size);
    return "(" + text + ")";
}

/** 0, or why the entry cannot run: it has no twin, or one with other parameters. */
int checkTwin(const Function& f) {
    auto twin = twins().find(f.name);
    if (twin == twins().end()) {
        fault(f.name + ": the PTX has this entry, but no .cu file compiled for the simulated device does");
        return notFound;
    }
    std::vector<int> sizes;
    for (const Parameter& p : twin->second.parameters) sizes.push_back(p.size);
    if (sizes == f.sizes) return success;
    fault(f.name + ": parameters of " + list(f.sizes) + " bytes in the PTX, but of " + list(sizes) + " bytes in the .cu file");
    return invalidImage;
}

/** A CUfunction is the address of a Function of a live module. */
Function* functionOf(CUfunction handle) {
    for (Module* module : modules()) {
        for (auto& entry : module->functions) {
            if (&entry.second == reinterpret_cast<Function*>(handle)) return &entry.second;
        }
    }
    return nullptr;
}

int checkGeometry(const Function& f, Dimensions grid, Dimensions block, size_t dynamicShared) {
    bool whole = grid.count() > 0 && block.count() > 0;
    bool fits = grid.x <= 2147483647u && grid.y <= 65535 && grid.z <= 65535 && block.x <= 1024 && block.y <= 1024 &&
                block.z <= 64 && block.count() <= f.maxThreads;
    bool shared = f.staticShared + dynamicShared <= f.dynamicShared;
    return whole && fits && shared ? success : invalidValue;
}

/** Fills the argument block from one pointer per parameter. */
int copyArguments(const Function& f, const Twin& twin, void** pointers, Launch& launch) {
    if (pointers == nullptr) return f.sizes.empty() ? success : invalidValue;
    for (const Parameter& p : twin.parameters) {
        const void* pointer = *pointers++;
        if (pointer == nullptr) return invalidValue;
        memcpy(launch.arguments.data() + p.offset, pointer, p.size);
    }
    return success;
}

/** ... or from a block that is laid out already: CU_LAUNCH_PARAM_BUFFER_POINTER, its address, ..._SIZE, address of its size. */
int copyBlock(const Function& f, void** extra, Launch& launch) {
    const char* block = nullptr;
    size_t bytes = 0;
    for (; *extra != nullptr; extra += 2) {
        if (extra[0] == reinterpret_cast<void*>(1)) block = static_cast<const char*>(extra[1]);
        if (extra[0] == reinterpret_cast<void*>(2)) bytes = *static_cast<size_t*>(extra[1]);
    }
    if (block == nullptr || bytes != launch.arguments.size()) {
        fault(format("%s: launched with %zu bytes of arguments instead of %zu", f.name.c_str(), bytes, launch.arguments.size()));
        return invalidValue;
    }
    memcpy(launch.arguments.data(), block, bytes);
    return success;
}

int launch(CUfunction handle, Dimensions grid, Dimensions block, size_t shared, CUstream stream, void** pointers, void** extra) {
    Function* f = functionOf(handle);
    if (f == nullptr) return invalidHandle;
    int code = checkGeometry(*f, grid, block, shared);
    if (code != success) return code;
    const Twin& twin = twins()[f->name];
    size_t bytes = twin.parameters.empty() ? 0 : twin.parameters.back().offset + twin.parameters.back().size;
    Launch launch = {f->name, &twin, std::vector<char>(bytes), grid, block, shared, f->cooperative};
    code = extra == nullptr ? copyArguments(*f, twin, pointers, launch) : copyBlock(*f, extra, launch);
    if (code != success) return code;
    return enqueue(streamOf(stream), Node{[launch] { execute(launch); }, f->name});
}

int attribute(const Function& f, int which, int* value) {
    switch (which) {
        case 0: *value = static_cast<int>(f.maxThreads); return success;
        case 1: *value = static_cast<int>(f.staticShared); return success;
        case 4: *value = 32; return success; // registers: only a compiler for a real device knows
        case 5: *value = 80; return success;
        case 6: *value = static_cast<int>(number("capability", 90)); return success;
        case 8: *value = static_cast<int>(f.dynamicShared - f.staticShared); return success;
        default: *value = 0; return which >= 0 && which < 16 ? success : invalidValue;
    }
}

/** By the control geometry=GX,GY,BLOCK; never more blocks, as memory for their partial sums is only there for those launched. */
void overrideGeometry(Dimensions& grid, Dimensions& block) {
    Dimensions wanted{0, 0, 1};
    unsigned threads = 0;
    if (sscanf(setting("geometry", "").c_str(), "%u,%u,%u", &wanted.x, &wanted.y, &threads) != 3) return;
    grid.x = std::min(grid.x, wanted.x);
    grid.y = std::min(grid.y, wanted.y);
    block = Dimensions{threads, 1, 1};
}

} // namespace

void unloadModules() {
    for (Module* module : modules()) delete module;
    modules().clear();
}

std::string liveModules() { return modules().empty() ? "" : format("%zu modules", modules().size()); }

} // namespace simcuda

using namespace simcuda;

void simcuda_register(const char* file, const char* name, void (*invoke)(const char*), const int* layout, int parameters) {
    Twin twin = {invoke, {}, file};
    for (int i = 0; i < parameters; i++) twin.parameters.push_back(Parameter{layout[2 * i], layout[2 * i + 1]});
    twins()[name] = twin;
}

extern "C" {

DRIVER cuModuleLoadData(CUmodule* module, const void* image) {
    CONTEXT();
    if (int code = forbiddenByCapture()) return code;
    return loadModule(module, static_cast<const char*>(image));
}

DRIVER cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned, int*, void**) {
    CONTEXT();
    if (int code = forbiddenByCapture()) return code;
    return loadModule(module, static_cast<const char*>(image));
}

DRIVER cuModuleUnload(CUmodule module) {
    CONTEXT();
    if (int code = forbiddenByCapture()) return code;
    Module* m = reinterpret_cast<Module*>(module);
    if (modules().erase(m) == 0) return invalidHandle;
    delete m;
    return success;
}

DRIVER cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
    CONTEXT();
    Module* m = reinterpret_cast<Module*>(module);
    if (modules().count(m) == 0) return invalidHandle;
    auto found = m->functions.find(name);
    if (found == m->functions.end()) return notFound;
    *function = reinterpret_cast<CUfunction>(&found->second);
    return checkTwin(found->second);
}

DRIVER cuFuncGetAttribute(int* value, int which, CUfunction function) {
    CONTEXT();
    Function* f = functionOf(function);
    return f == nullptr ? int(invalidHandle) : attribute(*f, which, value);
}

DRIVER cuFuncSetAttribute(CUfunction function, int which, int value) {
    CONTEXT();
    Function* f = functionOf(function);
    if (f == nullptr) return invalidHandle;
    if (which == 9) return success; // preferred carve-out
    if (which != 8 || value < 0 || f->staticShared + value > optInSharedLimit) return invalidValue;
    f->dynamicShared = std::max(staticSharedLimit, f->staticShared + value);
    return success;
}

DRIVER cuFuncSetCacheConfig(CUfunction function, int) {
    CONTEXT();
    return functionOf(function) == nullptr ? invalidHandle : success;
}

DRIVER cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int threads, size_t dynamicShared) {
    CONTEXT();
    Function* f = functionOf(function);
    if (f == nullptr || threads <= 0) return invalidValue;
    size_t shared = f->staticShared + dynamicShared;
    int byThreads = 2048 / threads, byShared = shared == 0 ? 32 : static_cast<int>(optInSharedLimit / shared);
    *blocks = std::min({32, byThreads, byShared});
    return success;
}

DRIVER cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                      CUstream stream, void** pointers, void** extra) {
    CONTEXT();
    Dimensions grid{gx, gy, gz}, block{bx, by, bz};
    overrideGeometry(grid, block);
    return launch(f, grid, block, shared, stream, pointers, extra);
}
}
