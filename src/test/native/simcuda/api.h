// How a driver function starts.
#pragma once
#include <algorithm>

#include "device.h"

typedef struct CUevent_st* CUevent;
typedef struct CUgraph_st* CUgraph;
typedef struct CUgraphExec_st* CUgraphExec;
typedef struct CUctx_st* CUcontext;
typedef struct CUmod_st* CUmodule;
typedef struct CUfunc_st* CUfunction;
typedef unsigned long long CUdeviceptr;
typedef int CUdevice;

namespace simcuda {

typedef std::lock_guard<std::recursive_mutex> Guard;

/** 0, or the code with which the control "fail" lets the call end. */
int planted(const char* function);
/** 0, or what a call before a successful cuInit returns. */
int initialisation();

/** The work whose accesses are counted now. */
struct Running {
    explicit Running(const std::string& name);
    ~Running();
    std::string name;
    Work* work;
    Running* outer;
};
Running* running();

} // namespace simcuda

/** An exported driver function. */
#define DRIVER SIMCUDA_API int

/** Its start: takes the lock, and fails where a test wants it to. */
#define ENTER()                                \
    ::simcuda::Guard guard(::simcuda::lock()); \
    if (int code = ::simcuda::planted(__func__)) return code

/** The start of one that needs cuInit. */
#define INITIALISED() \
    ENTER();          \
    if (int code = ::simcuda::initialisation()) return code

/** The start of one that needs a current, sound context. */
#define CONTEXT() \
    ENTER();      \
    if (int code = ::simcuda::readiness()) return code
