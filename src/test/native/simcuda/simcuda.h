// What the simulated libraries share: the simulated cuBLAS and cuDNN hand their work to the simulated driver through these.
// docs/simulated-device.md is the guide.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>

#define SIMCUDA_API __attribute__((visibility("default")))

typedef struct CUstream_st* CUstream;

/**
 * Puts work into a stream (null: the legacy stream), or into the graph that the stream is captured into. It runs late: at a
 * synchronisation that covers it. Host values that the work needs (alpha, descriptors) must be copied into it; addresses
 * of device memory may only be touched inside it. The name ("cublasSgemm_v2") is what faults and counters say.
 * Returns 0 or a CUresult: not initialised, no context, a failed context, a capture gone wrong.
 */
SIMCUDA_API int simcuda_enqueue(CUstream stream, std::function<void()> work, const char* name);

/**
 * Inside enqueued work only: the work is going to read or write these bytes of device memory. If they are not inside one
 * live allocation, records a fault and ends the work with an exception that the driver catches. Counts the bytes.
 */
SIMCUDA_API void simcuda_check(const void* address, size_t bytes, bool write, const char* who);

/** Records a fault: something that a real device would do wrong silently, or that a test must not do. */
SIMCUDA_API void simcuda_fault(const char* text);

/** Inside enqueued work only: records a fault and ends the work; the context fails as after an illegal address. */
[[noreturn]] SIMCUDA_API void simcuda_abort(const char* text);

/** Records, as a fault, the call of a function that the simulation does not have. */
SIMCUDA_API void simcuda_unsupported(const char* function);

/** 0 if cuInit succeeded and the calling thread has a sound context, else the CUresult. For cublasCreate and cudnnCreate. */
SIMCUDA_API int simcuda_ready();

/** True while the stream is captured: nothing may be allocated or waited for. */
SIMCUDA_API bool simcuda_capturing(CUstream stream);

/** Waits for all work of a stream, as cuStreamSynchronize does; 0 or a CUresult. For calls that block (Find...Algorithm). */
SIMCUDA_API int simcuda_synchronize(CUstream stream);

/** True if the address lies in the device's range of addresses, live or not. */
SIMCUDA_API bool simcuda_is_device(const void* address);

/** A handle or descriptor was made (+1) or destroyed (-1); those alive when the context goes are reported as leaks. */
SIMCUDA_API void simcuda_handle(const char* kind, int change);

/**
 * Whether this call must fail, by the control "fail=FUNCTION:N" or "fail=FUNCTION:N:CODE": 0, or the code (-1 if none was
 * given). Counts the call. The function's name may lack its version suffix.
 */
SIMCUDA_API int simcuda_failing(const char* function);

/** A control set by the environment or simcuda_set, or null. */
SIMCUDA_API const char* simcuda_setting(const char* key);

extern "C" {

/**
 * Sets a control; the environment variable SIMCUDA="key=value key=value" does the same when the library is loaded.
 *   order=forward|reverse|seeded:N   of the threads of a block, of the blocks of a grid, and of streams that do not wait
 *                                    for each other: late (forward), as early as can be (reverse), mixed
 *   geometry=GX,GY,BLOCK             at most so many blocks, each of so many threads, whatever a launch says
 *   driver=12040                     what cuDriverGetVersion says
 *   cuInit=CODE                      what cuInit returns
 *   devices=N  capability=MAJORMINOR what the device says of itself
 *   memory=BYTES                     of the device
 *   fail=FUNCTION:N[:CODE]           the Nth call from now on fails, once; an illegal address and its like fail the context
 *   protect=on|off                   device memory out of the host's reach while nothing runs
 *   races=on|off                     two threads at one byte of shared memory without a barrier in between are a fault
 *   report=on|off                    the counters on stderr when the context goes
 *   echo=on|off                      faults on stderr too, at the moment when they are seen
 */
SIMCUDA_API void simcuda_set(const char* key, const char* value);

/** The faults since the last simcuda_clear_faults, a line each; empty if there were none. Valid until the next call. */
SIMCUDA_API const char* simcuda_faults();
SIMCUDA_API void simcuda_clear_faults();

/**
 * A counter since the last simcuda_clear_counters; 0 for a name that nothing was counted under:
 *   launches, cublas, cudnn (run, in graphs too), graphLaunches, graphNodes, synchronisations
 *   bytesToDevice, bytesToHost, bytesOnDevice (copied), bytesSet (memset), bytesRead, bytesWritten (by all work, on the device)
 *   memory, peakMemory (bytes allocated now, at most), allocations (alive)
 */
SIMCUDA_API int64_t simcuda_counter(const char* name);
SIMCUDA_API void simcuda_clear_counters();

/** A line per kernel or library call: name, runs, bytes read, bytes written; tab-separated, sorted by name. */
SIMCUDA_API const char* simcuda_table();
}
