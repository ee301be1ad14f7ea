// The most that this machine's multiply-adds can do: the yardstick of the products' speed.
#include "elements.h"
#include "kernels_isa.h"

namespace duet {
namespace DUET_ISA {
namespace {

/** Hides from the compiler that a register keeps its value, so that it cannot take products out of the loop. */
inline void hide(Vec& v) { asm volatile("" : "+v"(v)); }
inline void hide(Words& v) { asm volatile("" : "+v"(v)); }

#if !defined(__AVX512BF16__)
inline void hide(Bfloat16Product::Operand& v) {
    hide(v.first);
    hide(v.second);
}
#endif

template <typename Product>
int64_t multiplyAdd(int64_t rounds) {
    constexpr int chains = lanes == 16 ? 24 : 10;  // enough to cover the latency, few enough for the registers
    alignas(64) typename Product::Word zeros[lanes] = {};
    typename Product::Operand y = Product::load(zeros);
    Vec sums[chains] = {};
    for (int64_t round = 0; round < rounds; round++) {
#pragma GCC unroll 24
        for (int i = 0; i < chains; i++) {
            hide(y);
            sums[i] = Product::multiplyAdd(sums[i], zeros[0], y);
        }
    }
    for (int i = 0; i < chains; i++) hide(sums[i]);
    return rounds * chains * lanes * 2 * Product::perWord;
}

}  // namespace

int64_t peak(int type, int64_t rounds) {
    return type == float32Type ? multiplyAdd<Float32Product>(rounds) : multiplyAdd<Bfloat16Product>(rounds);
}

}  // namespace DUET_ISA
}  // namespace duet
