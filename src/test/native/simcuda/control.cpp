// Controls, faults and counters of the simulated device, and their Java face (dev.duet.backend.cuda.SimCuda).
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "device.h"

namespace simcuda {

std::recursive_mutex& lock() {
    static std::recursive_mutex mutex;
    return mutex;
}

namespace {

typedef std::lock_guard<std::recursive_mutex> Guard;

/** SIMCUDA="key=value key=value". */
std::map<std::string, std::string> fromEnvironment() {
    std::map<std::string, std::string> result;
    const char* variable = getenv("SIMCUDA");
    std::string text = variable == nullptr ? "" : variable;
    for (size_t start = 0; start < text.size();) {
        size_t end = text.find(' ', start);
        if (end == std::string::npos) end = text.size();
        std::string entry = text.substr(start, end - start);
        size_t equals = entry.find('=');
        if (equals != std::string::npos) result[entry.substr(0, equals)] = entry.substr(equals + 1);
        start = end + 1;
    }
    return result;
}

std::map<std::string, std::string>& settings() {
    static std::map<std::string, std::string> map = fromEnvironment();
    return map;
}

std::vector<std::string>& faults() {
    static std::vector<std::string> list;
    return list;
}

std::map<std::string, int64_t>& counters() {
    static std::map<std::string, int64_t> map;
    return map;
}

std::map<std::string, Work>& table() {
    static std::map<std::string, Work> map;
    return map;
}

int64_t calls = 0; // of the function that must fail, since that was said

/** "cuMemAlloc" stands for "cuMemAlloc_v2" too. */
bool sameFunction(const std::string& wanted, const std::string& called) {
    return called == wanted || (called.size() == wanted.size() + 3 && called.compare(0, wanted.size() + 2, wanted + "_v") == 0);
}

} // namespace

std::string format(const char* pattern, ...) {
    char text[2000];
    va_list arguments;
    va_start(arguments, pattern);
    vsnprintf(text, sizeof text, pattern, arguments);
    va_end(arguments);
    return text;
}

void fault(const std::string& text) {
    Guard guard(lock());
    faults().push_back(text);
    if (setting("echo", "off") == "on") fprintf(stderr, "simulated CUDA device: %s\n", text.c_str());
}

std::string setting(const char* key, const char* otherwise) {
    Guard guard(lock());
    auto found = settings().find(key);
    return found == settings().end() ? otherwise : found->second;
}

int64_t number(const char* key, int64_t otherwise) {
    std::string text = setting(key, "");
    return text.empty() ? otherwise : strtoll(text.c_str(), nullptr, 10);
}

void count(const char* counter, int64_t by) { counters()[counter] += by; }

Work& work(const std::string& name) { return table()[name]; }

} // namespace simcuda

using namespace simcuda;

void simcuda_fault(const char* text) { fault(text); }

void simcuda_unsupported(const char* function) { fault(format("%s: not part of the simulated device", function)); }

const char* simcuda_setting(const char* key) {
    Guard guard(lock());
    auto found = settings().find(key);
    return found == settings().end() ? nullptr : found->second.c_str();
}

int simcuda_failing(const char* function) {
    Guard guard(lock());
    auto found = settings().find("fail");
    if (found == settings().end()) return 0;
    size_t colon = found->second.find(':');
    if (!sameFunction(found->second.substr(0, colon), function)) return 0;
    char* rest = nullptr;
    int64_t wanted = colon == std::string::npos ? 1 : strtoll(found->second.c_str() + colon + 1, &rest, 10);
    if (++calls != wanted) return 0;
    int code = rest != nullptr && *rest == ':' ? atoi(rest + 1) : -1;
    settings().erase(found);
    return code;
}

extern "C" {

void simcuda_set(const char* key, const char* value) {
    Guard guard(lock());
    if (*value == 0) {
        settings().erase(key);
    } else {
        settings()[key] = value;
    }
    if (strcmp(key, "fail") == 0) calls = 0;
}

const char* simcuda_faults() {
    static std::string text;
    Guard guard(lock());
    text.clear();
    for (const std::string& line : faults()) text += line + "\n";
    return text.c_str();
}

void simcuda_clear_faults() {
    Guard guard(lock());
    faults().clear();
}

int64_t simcuda_counter(const char* name) {
    Guard guard(lock());
    std::string text = name;
    if (text == "memory") return totalBytes() - freeBytes();
    if (text == "allocations") return liveAllocations(true);
    if (text == "bytesRead" || text == "bytesWritten") {
        int64_t sum = 0;
        for (auto& entry : table()) sum += text == "bytesRead" ? entry.second.read : entry.second.written;
        return sum;
    }
    auto found = counters().find(text);
    return found == counters().end() ? 0 : found->second;
}

void simcuda_clear_counters() {
    Guard guard(lock());
    counters().clear();
    table().clear();
    counters()["peakMemory"] = totalBytes() - freeBytes();
}

const char* simcuda_table() {
    static std::string text;
    Guard guard(lock());
    text.clear();
    for (auto& entry : table()) {
        const Work& work = entry.second;
        text += format("%s\t%lld\t%lld\t%lld\n", entry.first.c_str(), static_cast<long long>(work.runs),
                       static_cast<long long>(work.read), static_cast<long long>(work.written));
    }
    return text.c_str();
}

// JNI: (environment, class, ...); texts as addresses.

SIMCUDA_API void Java_dev_duet_backend_cuda_SimCuda_set0(void*, void*, int64_t key, int64_t value) {
    simcuda_set(reinterpret_cast<const char*>(key), reinterpret_cast<const char*>(value));
}

SIMCUDA_API int64_t Java_dev_duet_backend_cuda_SimCuda_faults0(void*, void*) {
    return reinterpret_cast<int64_t>(simcuda_faults());
}

SIMCUDA_API void Java_dev_duet_backend_cuda_SimCuda_clearFaults(void*, void*) { simcuda_clear_faults(); }

SIMCUDA_API int64_t Java_dev_duet_backend_cuda_SimCuda_counter0(void*, void*, int64_t name) {
    return simcuda_counter(reinterpret_cast<const char*>(name));
}

SIMCUDA_API void Java_dev_duet_backend_cuda_SimCuda_clearCounters(void*, void*) { simcuda_clear_counters(); }

SIMCUDA_API int64_t Java_dev_duet_backend_cuda_SimCuda_table0(void*, void*) {
    return reinterpret_cast<int64_t>(simcuda_table());
}
}
