// The element types of activations, and the products of each: float32, and bfloat16, the upper half of a float32. Two
// neighbouring bfloat16 make one word, as large as a float32: a kernel walks through words of either type alike.
#pragma once
#include <cstdint>
#include <cstring>

#include "simd.h"
#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

namespace duet {
namespace DUET_ISA {

/** Numbers of dev.duet.backend.cpu.CpuKernels. */
enum ElementType { float32Type = 0, bfloat16Type = 1 };

constexpr long bytesOf(int type) { return type == bfloat16Type ? 2 : 4; }

typedef uint32_t Words __attribute__((vector_size(lanes * 4)));
typedef uint16_t Halves __attribute__((vector_size(lanes * 2)));
typedef uint16_t DoubleHalves __attribute__((vector_size(lanes * 4)));
typedef Words UnalignedWords __attribute__((aligned(4), may_alias));
typedef Halves UnalignedHalves __attribute__((aligned(2), may_alias));
typedef uint32_t WordPair __attribute__((may_alias));

/** Bits of the bfloat16 nearest to a float, or to each of a vector; ties to even, NaN stays NaN. */
template <typename Bits, typename Floats>
inline Bits roundBits(Floats value) {
    static_assert(sizeof(Bits) == sizeof(Floats), "one word per float");
    Bits bits;
    std::memcpy(&bits, &value, sizeof bits);
    Bits rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    Bits quiet = (bits >> 16) | 0x40;
    return value == value ? rounded : quiet;
}

inline uint16_t narrow(float value) { return static_cast<uint16_t>(roundBits<uint32_t>(value)); }

inline float widen(uint16_t half) {
    uint32_t bits = static_cast<uint32_t>(half) << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

inline float get(const float* p) { return *p; }
inline float get(const uint16_t* p) { return widen(*p); }
inline void put(float* p, float value) { *p = value; }
inline void put(uint16_t* p, float value) { *p = narrow(value); }

/** A vector rounded; the instruction for it takes denormals for zero. */
inline Halves narrow(Vec value) {
#if defined(__AVX512BF16__)
    return reinterpret_cast<Halves>(_mm512_cvtneps_pbh(value));
#else
    return __builtin_convertvector(roundBits<Words>(value), Halves);
#endif
}

/** The bfloat16 bits of a vector that starts with element i. */
inline Words loadBits(int type, const void* p, long i) {
    if (type == float32Type) return __builtin_convertvector(narrow(load(static_cast<const float*>(p) + i)), Words);
    const UnalignedHalves* halves = reinterpret_cast<const UnalignedHalves*>(static_cast<const uint16_t*>(p) + i);
    return __builtin_convertvector(*halves, Words);
}

/** Vector that starts with element i. */
inline Vec load(int type, const void* p, long i) {
    if (type == float32Type) return load(static_cast<const float*>(p) + i);
    return reinterpret_cast<Vec>(loadBits(type, p, i) << 16);
}

/** Stores a vector from element i on, rounded to the type. */
inline void store(int type, void* p, long i, Vec value) {
    if (type == float32Type) return store(static_cast<float*>(p) + i, value);
    *reinterpret_cast<UnalignedHalves*>(static_cast<uint16_t*>(p) + i) = narrow(value);
}

/** The first count lanes only. */
inline void storeFirst(int type, void* p, long i, Vec value, int count) {
    if (type == float32Type) return storeFirst(static_cast<float*>(p) + i, value, count);
    for (int l = 0; l < count; l++) static_cast<uint16_t*>(p)[i + l] = narrow(value[l]);
}

/** The whole vector, or its first count lanes only unless count is 0. */
inline __attribute__((always_inline)) void storeSome(int type, void* p, long i, Vec value, int count) {
    if (count == 0) {
        store(type, p, i, value);
    } else {
        storeFirst(type, p, i, value, count);
    }
}

/** Products of float32: a word is one element. */
struct Float32Product {
    typedef float Word;
    typedef Vec Operand;
    static constexpr int type = float32Type;
    static constexpr int perWord = 1;

    static inline Operand load(const Word* p) { return DUET_ISA::load(p); }
    static inline Vec multiplyAdd(Vec sum, Word x, Operand y) { return sum + x * y; }
};

/** Products of bfloat16, summed in float32: a word is a pair along the summed dimension. */
struct Bfloat16Product {
    typedef WordPair Word;
    static constexpr int type = bfloat16Type;
    static constexpr int perWord = 2;

    static inline Words broadcast(Word x) { return Words{} + x; }

#if defined(__AVX512BF16__)
    typedef Words Operand;

    static inline Operand load(const Word* p) { return *reinterpret_cast<const UnalignedWords*>(p); }

    static inline Vec multiplyAdd(Vec sum, Word x, Operand y) {
        return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(broadcast(x)), reinterpret_cast<__m512bh>(y));
    }
#else
    struct Operand {
        Vec first, second;
    };

    static inline Operand split(Words pairs) {
        return {reinterpret_cast<Vec>(pairs << 16), reinterpret_cast<Vec>(pairs & 0xffff0000u)};
    }

    static inline Operand load(const Word* p) { return split(*reinterpret_cast<const UnalignedWords*>(p)); }

    static inline Vec multiplyAdd(Vec sum, Word x, Operand y) {
        Operand pair = split(broadcast(x));
        sum += pair.first * y.first;
        return sum + pair.second * y.second;
    }
#endif
};

}  // namespace DUET_ISA
}  // namespace duet
