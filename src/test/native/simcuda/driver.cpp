// The simulated driver: initialisation, the device, its primary context, memory and copies.
#include <cstdio>
#include <cstring>

#include "api.h"

namespace simcuda {
namespace {

struct Context {
    int users = 0; // of the primary context
    unsigned flags = 0;
    int failure = success;
};

Context primary;
bool initialised = false;
thread_local std::vector<CUcontext> stack; // of current contexts

std::map<std::string, int>& handles() {
    static std::map<std::string, int> map;
    return map;
}

CUcontext handle() { return reinterpret_cast<CUcontext>(&primary); }

/** What is still alive, for the report of leaks; empty if nothing is. */
std::string alive() {
    std::string result;
    auto add = [&](const std::string& text) {
        if (!text.empty()) result += (result.empty() ? "" : ", ") + text;
    };
    size_t device = liveAllocations(true), host = liveAllocations(false);
    if (device > 0) add(format("%zu device allocations (%zu bytes)", device, totalBytes() - freeBytes()));
    if (host > 0) add(format("%zu pinned host allocations", host));
    add(liveStreams());
    add(liveModules());
    for (auto& entry : handles()) {
        if (entry.second > 0) add(format("%d %s", entry.second, entry.first.c_str()));
    }
    return result;
}

/** The counters on stderr, for programs that cannot ask for them. */
void printReport() {
    fprintf(stderr, "simulated CUDA device: name, runs, bytes read, bytes written\n%s", simcuda_table());
    for (const char* name : {"launches", "cublas", "cudnn", "graphLaunches", "graphNodes", "bytesToDevice", "bytesToHost", "bytesOnDevice",
                             "bytesSet", "bytesRead", "bytesWritten", "peakMemory", "synchronisations"}) {
        fprintf(stderr, "%s\t%lld\n", name, static_cast<long long>(simcuda_counter(name)));
    }
}

/** Ends the primary context with all that lives in it. */
void destroyPrimary(bool report) {
    synchronizeAll();
    if (setting("report", "off") == "on") printReport();
    std::string leaks = alive();
    if (report && !leaks.empty() && primary.failure == success) fault("leaked when the context was released: " + leaks);
    destroyStreams();
    releaseAll();
    unloadModules();
    handles().clear();
    primary = Context();
}

int deviceAttribute(int which, int& value) {
    static const std::map<int, int> values = {
        {1, 1024}, {2, 1024}, {3, 1024}, {4, 64},  // threads of a block; its sides
        {5, 2147483647}, {6, 65535}, {7, 65535},   // sides of a grid
        {8, 49152}, {9, 65536}, {10, 32},          // shared memory of a block, constants, warp
        {11, 2147483647}, {12, 65536}, {13, 1000000}, {14, 512}, {15, 1}, {16, 4}, // pitch, registers, kHz, texture, overlap, multiprocessors
        {19, 1}, {31, 1}, {36, 1000000}, {37, 1024}, {38, 4194304}, {39, 2048}, {40, 1}, {41, 1},
        {81, 233472}, {82, 65536}, {97, 232448}, {106, 32}};
    if (which < 1 || which > 150) return invalidValue;
    int capability = static_cast<int>(number("capability", 90));
    auto found = values.find(which);
    value = which == 75 ? capability / 10 : which == 76 ? capability % 10 : found == values.end() ? 0 : found->second;
    return success;
}

/** Whether an error leaves the context unusable: illegal address, time-out, assertion, and those of a fault of a kernel. */
bool lasting(int code) { return code == 700 || code == 702 || code == 710 || (code >= 714 && code <= 719); }

bool isDevice(CUdevice device) { return device >= 0 && device < number("devices", 1); }

/** 0, or a fault and an error for a range that is not inside one allocation. */
int checkRange(const char* function, Address address, size_t bytes) {
    const Allocation* a = allocationOf(address);
    if (bytes == 0 || (a != nullptr && inside(address, bytes))) return success;
    fault(format("%s: %zu bytes %s", function, bytes, outside(address, bytes).c_str()));
    return invalidValue;
}

bool pinned(Address host, size_t bytes) {
    const Allocation* a = allocationOf(host);
    return a != nullptr && !a->onDevice && inside(host, bytes);
}

void move(void* to, const void* from, size_t bytes, const char* function, const char* counter) {
    Running running(function);
    if (inDeviceRange(reinterpret_cast<Address>(to))) simcuda_check(to, bytes, true, function);
    if (inDeviceRange(reinterpret_cast<Address>(from))) simcuda_check(from, bytes, false, function);
    memmove(to, from, bytes);
    work(function).runs++;
    count(counter, bytes);
}

/** From pinned memory it is read when the copy runs, from other memory now. */
int toDevice(CUstream stream, Address to, const void* from, size_t bytes, const char* function) {
    if (int code = checkRange(function, to, bytes)) return code;
    void* target = reinterpret_cast<void*>(to);
    Address host = reinterpret_cast<Address>(from);
    if (pinned(host, bytes)) {
        Node node = {[=] { move(target, from, bytes, function, "bytesToDevice"); }, function};
        node.hostStart = host;
        node.hostBytes = bytes;
        return enqueue(streamOf(stream), node);
    }
    if (simcuda_capturing(stream)) return forbiddenByCapture(), captureUnsupported;
    const char* bytesOfHost = static_cast<const char*>(from);
    std::vector<char> copy(bytesOfHost, bytesOfHost + bytes);
    return enqueue(streamOf(stream), Node{[=] { move(target, copy.data(), bytes, function, "bytesToDevice"); }, function});
}

/** To pinned memory late, with a NaN pattern there until then; to other memory before the call returns. */
int toHost(CUstream stream, void* to, Address from, size_t bytes, const char* function) {
    if (int code = checkRange(function, from, bytes)) return code;
    Address host = reinterpret_cast<Address>(to);
    bool late = pinned(host, bytes);
    if (!late && simcuda_capturing(stream)) return forbiddenByCapture(), captureUnsupported;
    Node node = {[=] { move(to, reinterpret_cast<void*>(from), bytes, function, "bytesToHost"); }, function};
    node.issued = [=] {
        if (!willRead(host, bytes)) memset(to, poison, bytes);
    };
    int code = enqueue(streamOf(stream), node);
    return code != success || late ? code : synchronize(streamOf(stream));
}

int onDevice(CUstream stream, Address to, Address from, size_t bytes, const char* function) {
    if (int code = checkRange(function, to, bytes)) return code;
    if (int code = checkRange(function, from, bytes)) return code;
    return enqueue(streamOf(stream), Node{[=] {
                                              move(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes, function,
                                                   "bytesOnDevice");
                                          },
                                          function});
}

template <typename T>
int set(CUstream stream, Address to, T value, size_t n, const char* function) {
    if (int code = checkRange(function, to, n * sizeof(T))) return code;
    return enqueue(streamOf(stream), Node{[=] {
                                              Running running(function);
                                              simcuda_check(reinterpret_cast<void*>(to), n * sizeof(T), true, function);
                                              std::fill_n(reinterpret_cast<T*>(to), n, value);
                                              work(function).runs++;
                                              count("bytesSet", n * sizeof(T));
                                          },
                                          function});
}

/** A copy that the caller waits for: on the legacy stream, and never beside a capture. */
template <typename Copy>
int blocking(Copy copy) {
    if (int code = forbiddenByCapture()) return code;
    int code = copy();
    return code != success ? code : synchronize(streamOf(nullptr));
}

const std::map<int, const char*>& errorNames() {
    static const std::map<int, const char*> names = {
        {0, "CUDA_SUCCESS"}, {1, "CUDA_ERROR_INVALID_VALUE"}, {2, "CUDA_ERROR_OUT_OF_MEMORY"}, {3, "CUDA_ERROR_NOT_INITIALIZED"},
        {34, "CUDA_ERROR_STUB_LIBRARY"}, {46, "CUDA_ERROR_DEVICE_UNAVAILABLE"}, {100, "CUDA_ERROR_NO_DEVICE"},
        {101, "CUDA_ERROR_INVALID_DEVICE"}, {200, "CUDA_ERROR_INVALID_IMAGE"}, {201, "CUDA_ERROR_INVALID_CONTEXT"},
        {209, "CUDA_ERROR_NO_BINARY_FOR_GPU"}, {218, "CUDA_ERROR_INVALID_PTX"}, {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"},
        {400, "CUDA_ERROR_INVALID_HANDLE"}, {401, "CUDA_ERROR_ILLEGAL_STATE"}, {500, "CUDA_ERROR_NOT_FOUND"}, {600, "CUDA_ERROR_NOT_READY"},
        {700, "CUDA_ERROR_ILLEGAL_ADDRESS"}, {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"}, {702, "CUDA_ERROR_LAUNCH_TIMEOUT"},
        {716, "CUDA_ERROR_MISALIGNED_ADDRESS"}, {719, "CUDA_ERROR_LAUNCH_FAILED"}, {801, "CUDA_ERROR_NOT_SUPPORTED"},
        {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"}, {804, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE"},
        {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"}, {901, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"}, {902, "CUDA_ERROR_STREAM_CAPTURE_MERGE"},
        {903, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED"}, {904, "CUDA_ERROR_STREAM_CAPTURE_UNJOINED"}, {905, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION"},
        {906, "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT"}, {907, "CUDA_ERROR_CAPTURED_EVENT"}, {908, "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD"},
        {999, "CUDA_ERROR_UNKNOWN"}};
    return names;
}

int errorText(int code, const char** text) {
    auto found = errorNames().find(code);
    *text = found == errorNames().end() ? nullptr : found->second;
    return *text == nullptr ? invalidValue : success;
}

} // namespace

int initialisation() { return initialised ? success : notInitialized; }

int readiness() {
    if (!initialised) return notInitialized;
    if (stack.empty() || stack.back() != handle() || primary.users == 0) return invalidContext;
    return primary.failure;
}

void fail(int code) {
    if (primary.failure == success) primary.failure = code;
}

int failure() { return primary.failure; }

int planted(const char* function) {
    int code = simcuda_failing(function);
    if (code == -1) code = strstr(function, "Alloc") != nullptr ? outOfMemory : launchFailed;
    if (lasting(code)) fail(code);
    return code;
}

} // namespace simcuda

using namespace simcuda;

int simcuda_ready() {
    Guard guard(lock());
    return readiness();
}

void simcuda_handle(const char* kind, int change) {
    Guard guard(lock());
    handles()[kind] += change;
}

extern "C" {

DRIVER cuInit(unsigned) {
    ENTER();
    int code = static_cast<int>(number("cuInit", number("devices", 1) > 0 ? success : noDevice));
    initialised = code == success;
    return code;
}

DRIVER cuDriverGetVersion(int* version) {
    ENTER();
    *version = static_cast<int>(number("driver", 12060));
    return success;
}

DRIVER cuGetErrorName(int code, const char** text) { return errorText(code, text); }
DRIVER cuGetErrorString(int code, const char** text) { return errorText(code, text); }

DRIVER cuDeviceGetCount(int* n) {
    INITIALISED();
    *n = static_cast<int>(number("devices", 1));
    return success;
}

DRIVER cuDeviceGet(CUdevice* device, int ordinal) {
    INITIALISED();
    if (!isDevice(ordinal)) return invalidDevice;
    *device = ordinal;
    return success;
}

DRIVER cuDeviceGetName(char* name, int length, CUdevice device) {
    INITIALISED();
    if (!isDevice(device) || length < 1) return invalidDevice;
    strncpy(name, "Simulated GPU", length);
    name[length - 1] = 0;
    return success;
}

DRIVER cuDeviceGetUuid(char* uuid, CUdevice device) {
    INITIALISED();
    if (!isDevice(device)) return invalidDevice;
    memcpy(uuid, "simulated device", 16);
    return success;
}

DRIVER cuDeviceGetPCIBusId(char* id, int length, CUdevice device) {
    INITIALISED();
    if (!isDevice(device) || length < 13) return invalidValue;
    memcpy(id, "0000:00:00.0", 13);
    return success;
}

DRIVER cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
    INITIALISED();
    if (!isDevice(device)) return invalidDevice;
    *bytes = totalBytes();
    return success;
}

DRIVER cuDeviceGetAttribute(int* value, int attribute, CUdevice device) {
    INITIALISED();
    return isDevice(device) ? deviceAttribute(attribute, *value) : int(invalidDevice);
}

DRIVER cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
    INITIALISED();
    if (!isDevice(device)) return invalidDevice;
    deviceAttribute(75, *major);
    return deviceAttribute(76, *minor);
}

DRIVER cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
    INITIALISED();
    if (!isDevice(device)) return invalidDevice;
    primary.users++;
    *context = handle();
    return success;
}

DRIVER cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    INITIALISED();
    if (!isDevice(device)) return invalidDevice;
    if (primary.users == 0) return invalidContext;
    if (primary.users == 1) destroyPrimary(true);
    else primary.users--;
    return success;
}

DRIVER cuDevicePrimaryCtxReset_v2(CUdevice device) {
    INITIALISED();
    if (!isDevice(device)) return invalidDevice;
    int users = primary.users;
    destroyPrimary(false);
    primary.users = users;
    return success;
}

DRIVER cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags) {
    INITIALISED();
    if (!isDevice(device)) return invalidDevice;
    primary.flags = flags;
    return success;
}

DRIVER cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
    INITIALISED();
    if (!isDevice(device)) return invalidDevice;
    *flags = primary.flags;
    *active = primary.users > 0;
    return success;
}

DRIVER cuCtxSetCurrent(CUcontext context) {
    INITIALISED();
    if (context != nullptr && context != handle()) return invalidContext;
    if (!stack.empty()) stack.pop_back();
    if (context != nullptr) stack.push_back(context);
    return success;
}

DRIVER cuCtxGetCurrent(CUcontext* context) {
    INITIALISED();
    *context = stack.empty() ? nullptr : stack.back();
    return success;
}

DRIVER cuCtxPushCurrent_v2(CUcontext context) {
    INITIALISED();
    if (context != handle()) return invalidContext;
    stack.push_back(context);
    return success;
}

DRIVER cuCtxPopCurrent_v2(CUcontext* context) {
    INITIALISED();
    if (stack.empty()) return invalidContext;
    if (context != nullptr) *context = stack.back();
    stack.pop_back();
    return success;
}

DRIVER cuCtxGetDevice(CUdevice* device) {
    CONTEXT();
    *device = 0;
    return success;
}

DRIVER cuCtxSynchronize() {
    CONTEXT();
    if (int code = forbiddenByCapture()) return code;
    count("synchronisations");
    return synchronizeAll();
}

DRIVER cuProfilerStart() {
    CONTEXT();
    return success;
}

DRIVER cuProfilerStop() {
    CONTEXT();
    return success;
}

DRIVER cuMemGetInfo_v2(size_t* free, size_t* total) {
    CONTEXT();
    *free = freeBytes();
    *total = totalBytes();
    return success;
}

DRIVER cuMemAlloc_v2(CUdeviceptr* address, size_t bytes) {
    CONTEXT();
    if (int code = forbiddenByCapture()) return code;
    Address start = 0;
    int code = allocate(bytes, start);
    if (code == success) *address = start;
    return code;
}

DRIVER cuMemFree_v2(CUdeviceptr address) {
    CONTEXT();
    if (int code = forbiddenByCapture()) return code;
    if (int code = synchronizeAll()) return code; // as the real one, which waits for the device
    int code = release(address);
    if (code != success) fault(format("cuMemFree: %#llx is not the start of an allocation", address));
    return code;
}

DRIVER cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* bytes, CUdeviceptr address) {
    CONTEXT();
    const Allocation* a = allocationOf(address);
    if (a == nullptr) return notFound;
    if (base != nullptr) *base = a->start;
    if (bytes != nullptr) *bytes = a->bytes;
    return success;
}

DRIVER cuMemHostAlloc(void** address, size_t bytes, unsigned) {
    CONTEXT();
    if (int code = forbiddenByCapture()) return code;
    Address start = 0;
    int code = allocateHost(bytes, start);
    if (code == success) *address = reinterpret_cast<void*>(start);
    return code;
}

DRIVER cuMemAllocHost_v2(void** address, size_t bytes) { return cuMemHostAlloc(address, bytes, 0); }

DRIVER cuMemFreeHost(void* address) {
    CONTEXT();
    if (int code = forbiddenByCapture()) return code;
    if (int code = synchronizeAll()) return code;
    return releaseHost(reinterpret_cast<Address>(address));
}

DRIVER cuMemHostRegister_v2(void* address, size_t bytes, unsigned) {
    CONTEXT();
    return registerHost(reinterpret_cast<Address>(address), bytes);
}

DRIVER cuMemHostUnregister(void* address) {
    CONTEXT();
    if (int code = synchronizeAll()) return code;
    return unregisterHost(reinterpret_cast<Address>(address));
}

DRIVER cuMemHostGetDevicePointer_v2(CUdeviceptr* device, void* host, unsigned) {
    CONTEXT();
    if (!pinned(reinterpret_cast<Address>(host), 1)) return invalidValue;
    *device = reinterpret_cast<Address>(host);
    return success;
}

DRIVER cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
    CONTEXT();
    return blocking([=] { return toDevice(nullptr, to, from, bytes, "cuMemcpyHtoD"); });
}

DRIVER cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
    CONTEXT();
    return blocking([=] { return toHost(nullptr, to, from, bytes, "cuMemcpyDtoH"); });
}

DRIVER cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    CONTEXT();
    if (int code = forbiddenByCapture()) return code;
    return onDevice(nullptr, to, from, bytes, "cuMemcpyDtoD");
}

DRIVER cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream stream) {
    CONTEXT();
    return toDevice(stream, to, from, bytes, "cuMemcpyHtoDAsync");
}

DRIVER cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream) {
    CONTEXT();
    return toHost(stream, to, from, bytes, "cuMemcpyDtoHAsync");
}

DRIVER cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
    CONTEXT();
    return onDevice(stream, to, from, bytes, "cuMemcpyDtoDAsync");
}

DRIVER cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t n) {
    CONTEXT();
    return set(nullptr, to, value, n, "cuMemsetD8");
}

DRIVER cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t n) {
    CONTEXT();
    return set(nullptr, to, value, n, "cuMemsetD16");
}

DRIVER cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t n) {
    CONTEXT();
    return set(nullptr, to, value, n, "cuMemsetD32");
}

DRIVER cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t n, CUstream stream) {
    CONTEXT();
    return set(stream, to, value, n, "cuMemsetD8Async");
}

DRIVER cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t n, CUstream stream) {
    CONTEXT();
    return set(stream, to, value, n, "cuMemsetD16Async");
}

DRIVER cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t n, CUstream stream) {
    CONTEXT();
    return set(stream, to, value, n, "cuMemsetD32Async");
}
}
