// Allocations of the simulated device: each on pages of its own, at addresses that are never given out again, with a NaN
// pattern in it; out of the host's reach while nothing runs.
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "device.h"

namespace simcuda {

PageBounds pageCache[1024];
Address deviceStart = 0;
const size_t deviceRange = size_t(1) << 44; // addresses reserved; only what is allocated takes memory

namespace {

const size_t page = pageBytes, hugePage = size_t(1) << 21;
const size_t keptFreed = 10000;            // freed allocations whose place is remembered for messages

struct Memory {
    Address base = 0, end = 0; // of the addresses given out so far
    size_t liveBytes = 0;
    int allocations = 0;
    int reaching = 0;
    bool open = false; // within the host's reach
    std::map<Address, Allocation> live, freed;
    std::map<Address, size_t> registered; // host memory by cuMemHostRegister
};

Memory& memory() {
    static Memory* instance = new Memory; // never destroyed: libraries may still free when the process ends
    return *instance;
}

size_t pages(size_t bytes) { return (bytes + page - 1) / page * page; }

/** In huge pages where the machine has them, which makes the changes of protection cheap. */
bool reserve() {
    Memory& m = memory();
    if (m.base != 0) return true;
    void* range = mmap(nullptr, deviceRange + hugePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) return false;
    m.base = m.end = (reinterpret_cast<Address>(range) + hugePage - 1) / hugePage * hugePage;
    deviceStart = m.base;
    madvise(reinterpret_cast<void*>(m.base), deviceRange, MADV_HUGEPAGE);
    return true;
}

void clearCache() { memset(pageCache, 0, sizeof pageCache); }

/** From the first live allocation on; those before it stay out of reach for ever. */
void setReach(bool open) {
    Memory& m = memory();
    auto first = std::find_if(m.live.begin(), m.live.end(), [](auto& entry) { return entry.second.onDevice; });
    m.open = open;
    if (first == m.live.end()) return;
    Address start = first->first / hugePage * hugePage, end = (m.end + hugePage - 1) / hugePage * hugePage;
    mprotect(reinterpret_cast<void*>(start), end - start, open ? PROT_READ | PROT_WRITE : PROT_NONE);
}

const Allocation* below(const std::map<Address, Allocation>& table, Address address) {
    auto after = table.upper_bound(address);
    return after == table.begin() ? nullptr : &std::prev(after)->second;
}

std::string place(const Allocation& a, Address address) {
    if (address < a.start + a.bytes) return format("%zu bytes into", size_t(address - a.start));
    return format("%zu bytes past the end of", size_t(address - a.start - a.bytes));
}

void give(Address start, size_t bytes, bool onDevice) {
    Memory& m = memory();
    m.live[start] = Allocation{start, bytes, ++m.allocations, onDevice};
    clearCache();
}

/** Forgets a live allocation of the kind; false if there is none at the address. */
bool take(Address start, bool onDevice, Allocation& taken) {
    Memory& m = memory();
    auto found = m.live.find(start);
    if (found == m.live.end() || found->second.onDevice != onDevice) return false;
    taken = found->second;
    m.live.erase(found);
    clearCache();
    return true;
}

} // namespace

int allocate(size_t bytes, Address& start) {
    Memory& m = memory();
    if (bytes == 0) return invalidValue;
    if (bytes > deviceRange || bytes > freeBytes() || !reserve() || m.end + pages(bytes) + page > m.base + deviceRange) return outOfMemory;
    start = m.end;
    m.end += pages(bytes) + page; // a page between any two
    m.liveBytes += bytes;
    give(start, bytes, true);
    setReach(true);
    memset(reinterpret_cast<void*>(start), poison, bytes);
    setReach(m.reaching > 0);
    int64_t known = simcuda_counter("peakMemory");
    if (static_cast<int64_t>(m.liveBytes) > known) count("peakMemory", m.liveBytes - known);
    return success;
}

int release(Address start) {
    Memory& m = memory();
    Allocation taken;
    if (start == 0) return success;
    if (!take(start, true, taken)) return invalidValue;
    m.liveBytes -= taken.bytes;
    madvise(reinterpret_cast<void*>(start), pages(taken.bytes), MADV_DONTNEED);
    m.freed[start] = taken;
    if (m.freed.size() > keptFreed) m.freed.erase(m.freed.begin());
    return success;
}

int allocateHost(size_t bytes, Address& start) {
    if (bytes == 0) return invalidValue;
    void* block = aligned_alloc(page, pages(bytes));
    if (block == nullptr) return outOfMemory;
    memset(block, poison, bytes);
    start = reinterpret_cast<Address>(block);
    give(start, bytes, false);
    return success;
}

int releaseHost(Address start) {
    Allocation taken;
    if (memory().registered.count(start) != 0 || !take(start, false, taken)) return invalidValue;
    free(reinterpret_cast<void*>(start));
    return success;
}

int registerHost(Address start, size_t bytes) {
    if (bytes == 0 || allocationOf(start) != nullptr) return invalidValue;
    memory().registered[start] = bytes;
    give(start, bytes, false);
    return success;
}

int unregisterHost(Address start) {
    Allocation taken;
    if (memory().registered.erase(start) == 0 || !take(start, false, taken)) return invalidValue;
    return success;
}

const Allocation* allocationOf(Address address) {
    const Allocation* candidate = below(memory().live, address);
    return candidate != nullptr && address < candidate->start + candidate->bytes ? candidate : nullptr;
}

size_t totalBytes() { return number("memory", int64_t(4) << 30); }

size_t freeBytes() {
    size_t total = totalBytes();
    return memory().liveBytes > total ? 0 : total - memory().liveBytes;
}

size_t liveAllocations(bool onDevice) {
    size_t result = 0;
    for (auto& entry : memory().live) result += entry.second.onDevice == onDevice;
    return result;
}

void releaseAll() {
    std::vector<Allocation> all;
    for (auto& entry : memory().live) all.push_back(entry.second);
    for (const Allocation& a : all) {
        if (a.onDevice) {
            release(a.start);
        } else if (unregisterHost(a.start) != success) {
            releaseHost(a.start);
        }
    }
}

std::string outside(Address address, size_t bytes) {
    const Memory& m = memory();
    const Allocation* a = below(m.live, address);
    if (a != nullptr && address + bytes <= a->start + a->bytes) return "";
    const Allocation* gone = below(m.freed, address);
    if (gone != nullptr && (a == nullptr || gone->start > a->start) && address < gone->start + pages(gone->bytes)) {
        return format("%s allocation %d of %zu bytes, which was freed", place(*gone, address).c_str(), gone->number,
                      gone->bytes);
    }
    if (a != nullptr && (inDeviceRange(address) || address < a->start + a->bytes)) {
        return format("%s allocation %d of %zu bytes", place(*a, address).c_str(), a->number, a->bytes);
    }
    return inDeviceRange(address) ? "before the first allocation" : "not device memory";
}

bool inDeviceRange(Address address) {
    return deviceStart != 0 && address - deviceStart < deviceRange;
}

Reach::Reach() {
    Memory& m = memory();
    if (m.reaching++ == 0 && !m.open) setReach(true);
}

Reach::~Reach() {
    Memory& m = memory();
    if (--m.reaching == 0 && setting("protect", "on") != "off") setReach(false);
}

bool findPage(Address address) {
    const Allocation* a = allocationOf(address);
    if (a == nullptr) return false;
    pageCache[address / page % 1024] = PageBounds{address / page, a->start, a->start + a->bytes};
    return true;
}

} // namespace simcuda

using namespace simcuda;

bool simcuda_is_device(const void* address) { return inDeviceRange(reinterpret_cast<Address>(address)); }
