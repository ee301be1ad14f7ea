// The simulated device from the inside; shared by the files of the driver.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "simcuda.h"

namespace simcuda {

typedef uintptr_t Address;

/** CUresult, as far as the simulation gives it. */
enum Result : int {
    success = 0,
    invalidValue = 1,
    outOfMemory = 2,
    notInitialized = 3,
    noDevice = 100,
    invalidDevice = 101,
    invalidImage = 200,
    invalidContext = 201,
    noBinaryForGpu = 209,
    invalidPtx = 218,
    unsupportedPtxVersion = 222,
    invalidHandle = 400,
    illegalState = 401,
    notFound = 500,
    notReady = 600,
    illegalAddress = 700,
    launchOutOfResources = 701,
    misalignedAddress = 716,
    launchFailed = 719,
    notSupported = 801,
    captureUnsupported = 900,
    captureInvalidated = 901,
    captureMerge = 902,
    captureUnmatched = 903,
    captureUnjoined = 904,
    captureImplicit = 906,
    capturedEvent = 907,
    captureWrongThread = 908,
    unknown = 999
};

/** Thrown by running work that cannot go on; the context fails with the code. */
struct Failure {
    int code;
};

/** One lock around all of the driver. */
std::recursive_mutex& lock();

// control.cpp: controls, faults and counters.

std::string format(const char* pattern, ...) __attribute__((format(printf, 1, 2)));
void fault(const std::string& text);
std::string setting(const char* key, const char* otherwise);
int64_t number(const char* key, int64_t otherwise);
void count(const char* counter, int64_t by = 1);

/** What one kernel or library function has done since the counters were cleared. */
struct Work {
    int64_t runs = 0, read = 0, written = 0;
};
Work& work(const std::string& name);

// memory.cpp: allocations.

struct Allocation {
    Address start;
    size_t bytes;
    int number;    // counted from 1, for messages
    bool onDevice; // else pinned host memory
};

int allocate(size_t bytes, Address& start);
int release(Address start);
int allocateHost(size_t bytes, Address& start);
int releaseHost(Address start);
int registerHost(Address start, size_t bytes);
int unregisterHost(Address start);
/** The live allocation that the address lies in, or null. */
const Allocation* allocationOf(Address address);
size_t freeBytes();
size_t totalBytes();
size_t liveAllocations(bool onDevice);
void releaseAll();
/** What is wrong with an access, or empty. */
std::string outside(Address address, size_t bytes);
bool inDeviceRange(Address address);

/** Device memory is within reach while one of these lives. */
struct Reach {
    Reach();
    ~Reach();
};

/** The allocation that a page belongs to; no page belongs to two. */
struct PageBounds {
    Address page, start, end;
};
const size_t pageBytes = 4096;
extern PageBounds pageCache[1024];
extern Address deviceStart; // of the addresses of device memory; 0 before the first allocation
extern const size_t deviceRange;

/** Looks the page up in the table of allocations; true if it belongs to one, whose bounds are in the cache then. */
bool findPage(Address address);

/** Whether the bytes lie inside one allocation. Fast, for each access of a kernel. */
inline bool inside(Address address, size_t bytes) {
    const PageBounds& slot = pageCache[address / pageBytes % 1024];
    if (slot.page != address / pageBytes && !findPage(address)) return false;
    return address >= slot.start && address + bytes <= slot.end;
}

const int poison = 0xFF; // a byte of a NaN in every floating type, -1 in every integer

// stream.cpp: streams, events, capture, graphs.

struct Node {
    std::function<void()> run;
    std::string name;
    std::function<void()> issued = nullptr; // at the moment when it is given to a stream, alone or in a graph
    Address hostStart = 0;                  // host memory that it will read
    size_t hostBytes = 0;
    std::function<bool()> ready = nullptr; // of a wait: whether it is over
};

struct Capture;

struct Stream {
    bool blocking = true; // with respect to the legacy stream
    std::deque<Node> pending;
    uint64_t enqueued = 0, done = 0;
    uint64_t polls = 0; // queries since work was last done
    uint64_t number = 0; // counted from 1 as they are made; 0 for the legacy stream
    bool busy = false;  // its first piece of work has begun
    std::shared_ptr<Capture> capture;
};
typedef std::shared_ptr<Stream> StreamPointer;

/** The stream of a handle; null for a handle that is none. */
StreamPointer streamOf(CUstream handle);
int enqueue(const StreamPointer& stream, Node node);
int synchronize(const StreamPointer& stream);
int synchronizeAll();
/** True if work that has not run yet will read the host memory. */
bool willRead(Address hostStart, size_t bytes);
/** 0, or why a call that may not happen beside a capture fails now; the captures that it spoils are invalid then. */
int forbiddenByCapture();
void destroyStreams();
std::string liveStreams();

// module.cpp: PTX and launches.

struct Parameter {
    int size, offset;
};

/** What the .cu file's C++ twin of a PTX entry registers. */
struct Twin {
    void (*invoke)(const char* arguments); // runs one thread
    std::vector<Parameter> parameters;
    std::string file; // name of the .cu file, without its suffix
};
std::map<std::string, Twin>& twins();

/** Memory of the __shared__ variables of a .cu file. */
struct SharedVariable {
    const char* name;
    unsigned offset, size;
};
struct SharedSection {
    char* start = nullptr;
    char* end = nullptr;
    std::vector<SharedVariable> variables;
};
std::map<std::string, SharedSection>& sharedSections();

void unloadModules();
std::string liveModules();

// executor.cpp: the threads of a launch.

struct Dimensions {
    unsigned x, y, z;
    uint64_t count() const { return static_cast<uint64_t>(x) * y * z; }
};

struct Launch {
    std::string name;
    const Twin* twin;
    std::vector<char> arguments;
    Dimensions grid, block;
    size_t dynamicShared;
    bool cooperative; // has barriers or exchanges between threads
};
void execute(const Launch& launch);

// driver.cpp

/** 0, or why no work can be given to the device: not initialised, no context, a failed context. */
int readiness();
/** The context fails for good with this code. */
void fail(int code);
int failure();

} // namespace simcuda
