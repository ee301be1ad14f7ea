// What the simulated cuBLAS and cuDNN share: their way to the simulated driver, refusals with a reason, and number formats.
#pragma once

#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <set>
#include <vector>

#include "simcuda.h"

#define EXPORT extern "C" SIMCUDA_API

namespace library {

/** Records why a call is refused, and gives its status back. */
__attribute__((format(printf, 2, 3))) inline int refuse(int status, const char* format, ...) {
    char reason[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    simcuda_fault(reason);
    return status;
}

/**
 * The objects of one kind that were made and not destroyed, so that a dangling one is told rather than followed, and the
 * driver can report what is left.
 */
template <class T>
class Live {
public:
    explicit Live(const char* kind) : kind(kind) {}

    T* make() {
        std::lock_guard<std::mutex> lock(mutex);
        T* object = new T();
        objects.insert(object);
        simcuda_handle(kind, 1);
        return object;
    }

    bool has(const void* object) {
        std::lock_guard<std::mutex> lock(mutex);
        return objects.count(object) != 0;
    }

    bool destroy(T* object) {
        std::lock_guard<std::mutex> lock(mutex);
        if (objects.erase(object) == 0) return false;
        delete object;
        simcuda_handle(kind, -1);
        return true;
    }

private:
    const char* kind;
    std::mutex mutex;
    std::set<const void*> objects;
};

inline uint32_t bitsOf(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

inline float ofBits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/** The nearest float of `dropped` fewer mantissa bits, ties to even; NaN and infinity as they are. */
inline float rounded(float value, int dropped) {
    uint32_t bits = bitsOf(value);
    if ((bits & 0x7f800000u) == 0x7f800000u) return value;
    uint32_t half = (1u << (dropped - 1)) - 1 + ((bits >> dropped) & 1);
    return ofBits((bits + half) >> dropped << dropped);
}

/** TF32 has 10 of float's 23 mantissa bits, BF16 7. */
inline float roundedToTf32(float value) { return rounded(value, 13); }

inline float ofBf16(uint16_t bits) { return ofBits(static_cast<uint32_t>(bits) << 16); }

inline uint16_t toBf16(float value) {
    uint32_t bits = bitsOf(rounded(value, 16));
    bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
    return static_cast<uint16_t>((bits >> 16) | (nan ? 0x40 : 0));
}

enum class Format { F32, TF32, BF16 };

inline size_t bytesOf(Format format) { return format == Format::BF16 ? 2 : 4; }

/** `count` numbers of device memory as floats, rounded as tensor cores read them. */
inline std::vector<float> load(const void* source, size_t count, Format format) {
    std::vector<float> values(count);
    if (format == Format::BF16) {
        for (size_t i = 0; i < count; i++) values[i] = ofBf16(static_cast<const uint16_t*>(source)[i]);
    } else {
        memcpy(values.data(), source, count * sizeof(float));
    }
    if (format == Format::TF32) {
        for (float& value : values) value = roundedToTf32(value);
    }
    return values;
}

/** Number i of device memory = alpha * value + beta * what is there, which is not read where beta is 0. */
inline void store(void* target, size_t i, float value, float alpha, float beta, Format format) {
    if (format == Format::BF16) {
        uint16_t* to = static_cast<uint16_t*>(target) + i;
        *to = toBf16(beta == 0 ? alpha * value : alpha * value + beta * ofBf16(*to));
    } else {
        float* to = static_cast<float*>(target) + i;
        *to = beta == 0 ? alpha * value : alpha * value + beta * *to;
    }
}

/** sums += factor * values: the one inner loop of GEMM and convolution. */
__attribute__((optimize("O3"), noinline)) inline void addScaled(float* sums, const float* values, float factor, int count) {
    for (int i = 0; i < count; i++) sums[i] += factor * values[i];
}

/** Writes all of a workspace, as the real algorithms may, so that whatever else lies there is destroyed. */
inline void touchWorkspace(void* workspace, size_t bytes, const char* who) {
    if (bytes == 0) return;
    simcuda_check(workspace, bytes, true, who);
    memset(workspace, 0xff, bytes);
}

} // namespace library
