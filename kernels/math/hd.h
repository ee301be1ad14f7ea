// DUET_HD marks the scalar functions of kernels/math, which compile for the CPU (g++) and for CUDA (nvcc, NVRTC) alike.
#pragma once

#ifdef __CUDACC__
#define DUET_HD __host__ __device__ __forceinline__
#else
#define DUET_HD inline __attribute__((always_inline))
#endif

#ifndef __CUDACC_RTC__
#include <cmath>
#include <cstdint>
#else
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef long long int64_t;
#endif
