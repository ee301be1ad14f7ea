// Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011): the same function as
// dev.duet.tensor.Philox, with the same integers; its normals agree to a few ulp of float.
#pragma once
#include "elementary.h"

namespace duet {

/** What a draw is for: the words of dev.duet.tensor.Philox.Stream. */
enum Stream : uint32_t { streamNoise = 0, streamDropout = 7, streamAugment = 8 };

/** Four uniform 32-bit integers into out. Counter words: index low, index high, stream, step; key: seed. */
DUET_HD void philoxBlock(uint64_t seed, uint32_t stream, uint32_t step, uint64_t index, uint32_t out[4]) {
    uint32_t c0 = static_cast<uint32_t>(index), c1 = static_cast<uint32_t>(index >> 32), c2 = stream, c3 = step;
    uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = static_cast<uint64_t>(0xD2511F53u) * c0;
        uint64_t p1 = static_cast<uint64_t>(0xCD9E8D57u) * c2;
        c0 = static_cast<uint32_t>(p1 >> 32) ^ c1 ^ k0;
        c1 = static_cast<uint32_t>(p1);
        c2 = static_cast<uint32_t>(p0 >> 32) ^ c3 ^ k1;
        c3 = static_cast<uint32_t>(p0);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/** sqrt(-2 log u) for u = (bits + 1/2) / 2^32; above 1/2 by 1 - u, as near u = 1 float has no digits left for u. */
DUET_HD float normalRadius(uint32_t bits) {
    bool low = bits < 0x80000000u;
    float nearer = (static_cast<float>(low ? bits : 0xFFFFFFFFu - bits) + 0.5f) * 2.3283064365386963e-10f;  // 2^-32
    return sqrtf(-2.0f * (low ? logarithm(nearer) : log1pUnit(-nearer)));
}

/** Adds quadrant quarter turns to an angle given by its cosine and sine. */
DUET_HD void turn(uint32_t quadrant, float& cosine, float& sine) {
    float c = cosine, s = sine;
    cosine = quadrant == 0 ? c : quadrant == 1 ? -s : quadrant == 2 ? -c : s;
    sine = quadrant == 0 ? s : quadrant == 1 ? c : quadrant == 2 ? -s : -c;
}

/**
 * Box-Muller: two standard normals from two draws. The quadrant of the angle is taken off in integers, so that sine and
 * cosine see at most pi/4 and keep their relative precision.
 */
DUET_HD void normalPair(uint32_t bits0, uint32_t bits1, float& even, float& odd) {
    float radius = normalRadius(bits0);
    uint32_t quadrant = (bits1 + 0x20000000u) >> 30;
    int32_t rest = static_cast<int32_t>(bits1 - (quadrant << 30));
    float angle = (static_cast<float>(rest) + 0.5f) * 1.4629180792671596e-9f;  // 2 pi / 2^32
    even = radius * cosineOctant(angle);
    odd = radius * sineOctant(angle);
    turn(quadrant, even, odd);
}

/** The four normals of one block. */
DUET_HD void normalBlock(uint64_t seed, uint32_t stream, uint32_t step, uint64_t index, float out[4]) {
    uint32_t bits[4];
    philoxBlock(seed, stream, step, index, bits);
    normalPair(bits[0], bits[1], out[0], out[1]);
    normalPair(bits[2], bits[3], out[2], out[3]);
}

/** Even in (-1, 1). */
DUET_HD float evenDraw(uint32_t bits) {
    return (static_cast<float>(static_cast<int32_t>(bits ^ 0x80000000u)) + 0.5f) * 4.656612873077393e-10f;  // 2^-31
}

/** True with that probability. */
DUET_HD bool chance(uint32_t bits, float probability) {
    return static_cast<float>(bits >> 8) * 5.9604644775390625e-8f < probability;  // 2^-24
}

}  // namespace duet
