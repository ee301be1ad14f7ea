// Runs launches: the threads of a block one after another on the CPU, as fibers where they wait for each other, in the order
// that the control "order" says; and checks each of their accesses, which the compiler reports (-fsanitize=thread, without its library).
#include <link.h>
#include <sys/mman.h>

#include <cstring>
#include <random>

#include "api.h"
#include "kernel.h"

simcuda_uint3 threadIdx, blockIdx, blockDim, gridDim;

extern "C" void simcuda_switch(void** save, void* load);

// Saves the registers that a function must keep on the running stack, and goes on with those of another stack.
asm(R"(
.text
.hidden simcuda_switch
.globl simcuda_switch
.type simcuda_switch, @function
simcuda_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size simcuda_switch, .-simcuda_switch
)");

namespace simcuda {
namespace {

const size_t stackBytes = 65536, maxThreads = 1024;

enum State { ready, atBarrier, atExchange, finished };

/** One thread of a block, with its stack. */
struct Fiber {
    void* stackPointer;
    char* stack;
    State state;
    simcuda_uint3 index;
    int line;         // of the barrier or exchange that it waits at
    unsigned mask;    // of the exchange
    uint64_t value;   // brought to the exchange
    uint64_t results[32]; // of all lanes
    unsigned exchanges;   // that this thread has passed
};

/** Who touched a byte of shared memory last. Two threads that do, one of them writing, need a barrier in between. */
struct Touch {
    uint32_t epoch;         // the barriers opened before, counted over all blocks
    int16_t writer, reader; // thread of the block, or none, or several
    unsigned exchanges;     // that thread's, then
};
const int16_t none = -1, several = -2;

struct Executor {
    char* stacks = nullptr;
    std::vector<Fiber> fibers;
    void* mainStack = nullptr;
    Fiber* current = nullptr;
    int threads = 0; // of the block
    const Launch* launch = nullptr;
    int aborted = 0; // the code with which the launch ends
    std::vector<unsigned> blockOrder;
    Address sharedStart = 0, sharedEnd = 0;
    const SharedSection* shared = nullptr;
    Address dataStart = 0, dataEnd = 0; // of this library: constants of kernels
    bool plain = false;                 // the one fiber runs all threads
    uint32_t epoch = 0;
    bool findsRaces = true;
    std::vector<Touch> touches; // by byte of the shared section
};

Executor executor;
Running* runningNow = nullptr;
Work unattributed;
Work* counted = &unattributed;

int findData(dl_phdr_info* info, size_t, void*) {
    Address own = reinterpret_cast<Address>(&executor);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const auto& header = info->dlpi_phdr[i];
        Address start = info->dlpi_addr + header.p_vaddr;
        if (header.p_type != PT_LOAD || own < start || own >= start + header.p_memsz) continue;
        executor.dataStart = info->dlpi_addr;
        executor.dataEnd = start + header.p_memsz;
        return 1;
    }
    return 0;
}

void prepare() {
    if (executor.stacks != nullptr) return;
    void* range = mmap(nullptr, maxThreads * stackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) throw Failure{outOfMemory};
    executor.stacks = static_cast<char*>(range);
    executor.fibers.resize(maxThreads);
    for (size_t i = 0; i < maxThreads; i++) {
        executor.fibers[i].stack = executor.stacks + i * stackBytes;
        mprotect(executor.fibers[i].stack, pageBytes, PROT_NONE);
    }
    dl_iterate_phdr(findData, nullptr);
}

void toScheduler() { simcuda_switch(&executor.current->stackPointer, executor.mainStack); }

/** Ends the launch from inside one of its threads. */
[[noreturn]] void abortLaunch(int code) {
    executor.aborted = code;
    toScheduler();
    __builtin_unreachable();
}

std::string here() {
    if (executor.current == nullptr) return runningNow == nullptr ? "" : runningNow->name;
    return format("%s, block (%u, %u, %u), thread (%u, %u, %u)", executor.launch->name.c_str(), blockIdx.x, blockIdx.y, blockIdx.z,
                  threadIdx.x, threadIdx.y, threadIdx.z);
}

/** Where a fiber starts; its thread's kernel call, then back for good. */
void threadMain() {
    executor.launch->twin->invoke(executor.launch->arguments.data());
    executor.current->state = finished;
    toScheduler();
    __builtin_unreachable();
}

void plainMain();

void startFiber(Fiber& fiber, void (*entry)()) {
    char* top = fiber.stack + stackBytes;
    void** frame = reinterpret_cast<void**>(top) - 8; // six registers, the address to return to, alignment
    memset(frame, 0, 8 * sizeof(void*));
    frame[6] = reinterpret_cast<void*>(entry);
    fiber.stackPointer = frame;
    fiber.state = ready;
    fiber.exchanges = 0;
}

void resume(Fiber& fiber) {
    executor.current = &fiber;
    threadIdx = fiber.index;
    simcuda_switch(&executor.mainStack, fiber.stackPointer);
    executor.current = nullptr;
    if (executor.aborted != 0) throw Failure{executor.aborted};
}

/** The order in which n things run: forward, reverse or shuffled. */
class Order {
  public:
    Order() {
        std::string text = setting("order", "forward");
        reverse = text == "reverse";
        seeded = text.compare(0, 7, "seeded:") == 0;
        if (seeded) random.seed(strtoull(text.c_str() + 7, nullptr, 10));
    }
    void fill(std::vector<unsigned>& order, size_t n) {
        order.resize(n);
        for (size_t i = 0; i < n; i++) order[i] = static_cast<unsigned>(reverse ? n - 1 - i : i);
        if (!seeded) return;
        for (size_t i = n; i > 1; i--) std::swap(order[i - 1], order[random() % i]);
    }

  private:
    bool reverse, seeded;
    std::mt19937_64 random;
};

simcuda_uint3 position(uint64_t i, simcuda_uint3 size) {
    return {static_cast<unsigned>(i % size.x), static_cast<unsigned>(i / size.x % size.y), static_cast<unsigned>(i / size.x / size.y)};
}

/** A block's shared memory: nothing in it, touched by nobody. */
void beginBlock(unsigned block) {
    blockIdx = position(block, gridDim);
    executor.epoch++;
    if (executor.shared != nullptr) memset(executor.shared->start, poison, executor.shared->end - executor.shared->start);
}

[[noreturn]] void divergence() {
    int waiting = 0, done = 0, line = 0;
    for (int i = 0; i < executor.threads; i++) {
        const Fiber& fiber = executor.fibers[i];
        if (fiber.state == finished) {
            done++;
        } else {
            waiting++;
            line = fiber.line;
        }
    }
    fault(format("%s, block (%u, %u, %u): %d of %d threads wait (line %d) for others that do not come; %d have finished",
                 executor.launch->name.c_str(), blockIdx.x, blockIdx.y, blockIdx.z, waiting, executor.threads, line, done));
    throw Failure{launchFailed};
}

/** True if all threads of the block wait at one barrier, which then opens. */
bool openBarrier() {
    for (int i = 0; i < executor.threads; i++) {
        if (executor.fibers[i].state != atBarrier || executor.fibers[i].line != executor.fibers[0].line) return false;
    }
    for (int i = 0; i < executor.threads; i++) executor.fibers[i].state = ready;
    executor.epoch++;
    return true;
}

/** Runs the threads of the block in turn, each as far as it comes, until all have finished. */
void runFibers(Order& order) {
    static std::vector<unsigned> turns;
    for (int i = 0; i < executor.threads; i++) {
        executor.fibers[i].index = position(i, blockDim);
        startFiber(executor.fibers[i], threadMain);
    }
    for (int alive = executor.threads; alive > 0;) {
        order.fill(turns, executor.threads);
        bool moved = false;
        for (unsigned i : turns) {
            Fiber& fiber = executor.fibers[i];
            if (fiber.state != ready) continue;
            moved = true;
            resume(fiber);
            if (fiber.state == finished) alive--;
        }
        if (!moved && alive > 0 && !openBarrier()) divergence();
    }
}

/** All threads of all blocks, one after another, without switching. */
void plainMain() {
    Order order;
    std::vector<unsigned> turns;
    for (unsigned b : executor.blockOrder) {
        beginBlock(b);
        order.fill(turns, executor.threads);
        for (unsigned t : turns) {
            threadIdx = position(t, blockDim);
            executor.launch->twin->invoke(executor.launch->arguments.data());
        }
    }
    executor.current->state = finished;
    toScheduler();
}

void runBlocks(const Launch& launch) {
    Order order;
    order.fill(executor.blockOrder, launch.grid.count());
    if (executor.plain) {
        startFiber(executor.fibers[0], plainMain);
        resume(executor.fibers[0]);
        return;
    }
    for (unsigned b : executor.blockOrder) {
        beginBlock(b);
        runFibers(order);
    }
}

/** The lanes of the current thread's warp. */
Fiber* warp() { return &executor.fibers[(executor.current - executor.fibers.data()) / 32 * 32]; }

/** True if all lanes of the mask wait at the exchange of this line with the same mask. */
bool allArrived(const Fiber* lanes, unsigned mask, int line) {
    for (int l = 0; l < 32; l++) {
        if ((mask >> l & 1) == 0) continue;
        const Fiber& lane = lanes[l];
        if (lane.state != atExchange || lane.mask != mask || lane.line != line) return false;
    }
    return true;
}

void deliver(Fiber* lanes, unsigned mask) {
    for (int l = 0; l < 32; l++) {
        if ((mask >> l & 1) == 0) continue;
        for (int source = 0; source < 32; source++) lanes[l].results[source] = lanes[source].value;
        lanes[l].state = ready;
        lanes[l].exchanges++;
    }
}

/** Waits until all lanes of the mask have brought a value; those are in the current fiber's results then. */
void exchange(unsigned mask, uint64_t value, int line) {
    Fiber& self = *executor.current;
    Fiber* lanes = warp();
    int lane = static_cast<int>(&self - lanes);
    unsigned present = executor.threads - (lanes - executor.fibers.data()) >= 32 ? ~0u : (1u << executor.threads % 32) - 1;
    if (executor.plain || (mask >> lane & 1) == 0 || (mask & ~present) != 0) {
        fault(here() + format(": exchange (line %d) with mask %08x, which does not fit the block", line, mask));
        abortLaunch(launchFailed);
    }
    self.value = value;
    self.mask = mask;
    self.line = line;
    self.state = atExchange;
    if (allArrived(lanes, mask, line)) {
        deliver(lanes, mask);
    } else {
        toScheduler();
    }
}

[[noreturn]] void badAccess(Address address, size_t bytes, bool write) {
    std::string what = outside(address, bytes);
    fault(here() + format(": %s of %zu bytes %s (address %#zx)", write ? "write" : "read", bytes, what.c_str(), size_t(address)));
    abortLaunch(illegalAddress);
}

/** In the .cu file's section of shared variables: inside one of them. */
bool insideShared(Address address, size_t bytes) {
    unsigned offset = static_cast<unsigned>(address - executor.sharedStart);
    for (const SharedVariable& v : executor.shared->variables) {
        if (offset >= v.offset && offset + bytes <= v.offset + v.size) return true;
    }
    return false;
}

int16_t threadNumber() { return static_cast<int16_t>((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x); }

/** Whether an exchange between the threads of a warp came between another thread's touch and this one's. */
bool exchanged(const Touch& touch, int16_t other, int16_t self) {
    return other >= 0 && other / 32 == self / 32 && !executor.plain && executor.fibers[self].exchanges > touch.exchanges;
}

/** Ends the launch if another thread touched the bytes since the last barrier, unless both read. */
void findRace(Address address, size_t bytes, bool write) {
    int16_t self = threadNumber();
    for (Touch* touch = &executor.touches[address - executor.sharedStart]; bytes > 0; touch++, bytes--) {
        if (touch->epoch != executor.epoch) *touch = Touch{executor.epoch, none, none, 0};
        for (int16_t other : {touch->writer, write ? touch->reader : none}) {
            if (other == none || other == self || exchanged(*touch, other, self)) continue;
            fault(here() + format(": %s shared memory that %s %s, without a barrier in between", write ? "writes" : "reads",
                                  (other == several ? "several threads have" : format("thread %d has", other)).c_str(),
                                  other == touch->writer ? "written" : "read"));
            abortLaunch(launchFailed);
        }
        int16_t& last = write ? touch->writer : touch->reader;
        last = write || last == none || last == self || exchanged(*touch, last, self) ? self : several;
        touch->exchanges = executor.plain ? 0 : executor.fibers[self].exchanges;
    }
}

/** An access that is not to device memory: to shared variables, the thread's own stack, constants or pinned memory. */
void checkElsewhere(Address address, size_t bytes, bool write) {
    if (address - reinterpret_cast<Address>(executor.current->stack) < stackBytes) return;
    if (address - executor.sharedStart < executor.sharedEnd - executor.sharedStart) {
        if (insideShared(address, bytes)) return executor.findsRaces ? findRace(address, bytes, write) : void();
        fault(here() + format(": %s of %zu bytes outside of the shared variables", write ? "write" : "read", bytes));
        abortLaunch(illegalAddress);
    }
    if (!write && address - executor.dataStart < executor.dataEnd - executor.dataStart) return;
    if (!inside(address, bytes)) badAccess(address, bytes, write);
}

template <bool write>
inline void check(Address address, size_t bytes) {
    if (executor.current == nullptr) return; // not in a kernel
    if (address - deviceStart >= deviceRange) return checkElsewhere(address, bytes, write);
    if (!inside(address, bytes)) badAccess(address, bytes, write);
    (write ? counted->written : counted->read) += bytes;
}

} // namespace

Running::Running(const std::string& called) : name(called), work(&simcuda::work(called)), outer(runningNow) {
    runningNow = this;
    counted = work;
}

Running::~Running() {
    runningNow = outer;
    counted = outer == nullptr ? &unattributed : outer->work;
}

Running* running() { return runningNow; }

void execute(const Launch& launch) {
    prepare();
    count("launches");
    work(launch.name).runs++;
    Running running(launch.name);
    executor.launch = &launch;
    executor.threads = static_cast<int>(launch.block.count());
    executor.aborted = 0;
    executor.current = nullptr;
    executor.plain = !launch.cooperative;
    auto section = sharedSections().find(launch.twin->file);
    executor.shared = section == sharedSections().end() ? nullptr : &section->second;
    executor.sharedStart = executor.shared == nullptr ? 0 : reinterpret_cast<Address>(executor.shared->start);
    executor.sharedEnd = executor.shared == nullptr ? 0 : reinterpret_cast<Address>(executor.shared->end);
    executor.touches.resize(std::max(executor.touches.size(), size_t(executor.sharedEnd - executor.sharedStart)));
    executor.findsRaces = setting("races", "on") == "on";
    gridDim = {launch.grid.x, launch.grid.y, launch.grid.z};
    blockDim = {launch.block.x, launch.block.y, launch.block.z};
    runBlocks(launch);
}

} // namespace simcuda

using namespace simcuda;

void simcuda_barrier(int line) {
    if (executor.plain) {
        fault(here() + ": a barrier, of which the PTX knows nothing");
        abortLaunch(launchFailed);
    }
    executor.current->state = atBarrier;
    executor.current->line = line;
    toScheduler();
}

uint64_t simcuda_exchange(unsigned mask, uint64_t value, int lane, int line) {
    exchange(mask, value, line);
    return executor.current->results[lane & 31];
}

unsigned simcuda_ballot(unsigned mask, bool vote, int line) {
    exchange(mask, vote, line);
    unsigned result = 0;
    for (int l = 0; l < 32; l++) {
        if ((mask >> l & 1) != 0 && executor.current->results[l] != 0) result |= 1u << l;
    }
    return result;
}

int simcuda_lane() { return static_cast<int>((executor.current - executor.fibers.data()) % 32); }

void simcuda_abort(const char* text) {
    fault(running() == nullptr ? text : running()->name + ": " + text);
    throw Failure{illegalAddress};
}

void simcuda_check(const void* pointer, size_t bytes, bool write, const char* who) {
    Address address = reinterpret_cast<Address>(pointer);
    if (bytes == 0) return;
    if (!inside(address, bytes)) {
        fault(format("%s: %s of %zu bytes %s", who, write ? "write" : "read", bytes, outside(address, bytes).c_str()));
        throw Failure{illegalAddress};
    }
    (write ? counted->written : counted->read) += bytes;
}

extern "C" {
#define HIDDEN __attribute__((visibility("hidden")))
#define CHECK(bytes)                                                                 \
    HIDDEN void __tsan_read##bytes(Address a) { check<false>(a, bytes); }            \
    HIDDEN void __tsan_write##bytes(Address a) { check<true>(a, bytes); }            \
    HIDDEN void __tsan_unaligned_read##bytes(Address a) { check<false>(a, bytes); }  \
    HIDDEN void __tsan_unaligned_write##bytes(Address a) { check<true>(a, bytes); }
CHECK(1)
CHECK(2)
CHECK(4)
CHECK(8)
CHECK(16)
HIDDEN void __tsan_read_range(Address a, size_t bytes) { check<false>(a, bytes); }
HIDDEN void __tsan_write_range(Address a, size_t bytes) { check<true>(a, bytes); }
HIDDEN void __tsan_init() {}

HIDDEN void __ubsan_handle_type_mismatch_v1(void*, Address a) {
    if (executor.current == nullptr) return;
    fault(here() + format(": access at address %#zx, which is not aligned for its type", size_t(a)));
    abortLaunch(misalignedAddress);
}
}
