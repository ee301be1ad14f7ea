// Values of kernels/math for KernelMathTest: reads 32-bit words from standard input and writes for each the results' words.
#include "../../../kernels/math/bf16.h"
#include "../../../kernels/math/philox.h"

#include <cstdio>
#include <cstring>

namespace {

void put(uint32_t word) { fwrite(&word, sizeof word, 1, stdout); }
void put(duet::bf16 x) { put(uint32_t{x.bits}); }
void put(float x) { put(static_cast<uint32_t>(duet::floatBits(x))); }

}  // namespace

int main(int count, char** arguments) {
    const bool rounding = count > 1 && strcmp(arguments[1], "bf16") == 0;
    uint32_t word;
    while (fread(&word, sizeof word, 1, stdin) == 1) {
        if (rounding) {
            duet::bf16 half = duet::toBf16(duet::bitsFloat(static_cast<int32_t>(word)));
            put(half);
            put(duet::toFloat(half));
        } else {
            float even, odd;
            duet::normalPair(word * 2654435761u, word, even, odd);
            put(even);
            put(odd);
        }
    }
}
