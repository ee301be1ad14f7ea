// Random changes of images and their adjoint: docs/design.md E15. Grid: y over images, x over an image's values, four
// (backward: one) per thread.
#include "device.cuh"
#include "math/augment.h"
#include "math/step.h"

namespace duet {

/** Values that are stored as float or as bf16. */
struct Values {
    void* at;
    int bf16s;

    DUET_DEVICE float load(int64_t i) const {
        return bf16s ? toFloat(static_cast<const bf16*>(at)[i]) : static_cast<const float*>(at)[i];
    }
    DUET_DEVICE void store(int64_t i, float value) const {
        if (bf16s) {
            static_cast<bf16*>(at)[i] = toBf16(value);
        } else {
            static_cast<float*>(at)[i] = value;
        }
    }
};

/** Where value number i of an image (H, W, C) lies. */
struct Place {
    int x, y, c;

    DUET_DEVICE Place(const AugmentPlan& p, int64_t i) {
        uint32_t pixel = static_cast<uint32_t>(i) / static_cast<uint32_t>(p.channels);  // i is below 2^21
        c = static_cast<int>(static_cast<uint32_t>(i) - pixel * static_cast<uint32_t>(p.channels));
        y = static_cast<int>(pixel / static_cast<uint32_t>(p.width));
        x = static_cast<int>(pixel) - y * static_cast<int>(p.width);
    }
};

/** One value of the result, without noise, from the image that begins at value number first of x. */
DUET_DEVICE float changed(const AugmentPlan& p, const Augmentation& a, const Values& x, int64_t first,
                          const Place& at) {
    Taps t = taps(a, static_cast<float>(at.x), static_cast<float>(at.y));
    int64_t tap = first + (static_cast<int64_t>(t.y) * p.width + t.x) * p.channels + at.c;
    int64_t right = t.x < p.width - 1 ? p.channels : 0, down = t.y < p.height - 1 ? p.width * p.channels : 0;
    float value = t.weight(0, 0) * x.load(tap) + t.weight(1, 0) * x.load(tap + right) +
                  t.weight(0, 1) * x.load(tap + down) + t.weight(1, 1) * x.load(tap + down + right);
    return a.gain(at.c) * value + a.offset(at.c);
}

/** Positions along one axis of the result, from the first to the last; none if the last is before the first. */
struct Range {
    int first, last;

    /** Those within radius of the middle. */
    DUET_DEVICE Range(float middle, float radius, int64_t extent) {
        const float slack = 0.01f;  // pixels, against rounding
        float low = middle - radius - slack, high = middle + radius + slack, end = static_cast<float>(extent - 1);
        first = low > 0 ? static_cast<int>(low < end ? low : end) : 0;
        last = high < 0 ? -1 : static_cast<int>(high < end ? high : end);
    }
};

/** Along one axis: a pixel's share in a tap that lies fraction behind pixel first. */
DUET_DEVICE float share(int pixel, int first, float fraction) {
    return pixel == first ? 1.0f - fraction : pixel == first + 1 ? fraction : 0.0f;
}

/**
 * One value of the adjoint: the sum over all pixels of the result that show it, in row-major order. They lie in a box
 * around where the pixel went; an edge's pixel also shows in all that comes from beyond the edge.
 */
DUET_DEVICE float gathered(const AugmentPlan& p, const Augmentation& a, const Values& dy, int64_t first,
                           const Place& at) {
    // places of the image, from its centre, that the result shows: middle and radius
    float shiftX = a.originX - a.centreX, shiftY = a.originY - a.centreY;
    float cosine = a.cosine, sine = a.sine;
    float absCosine = cosine < 0 ? -cosine : cosine, absSine = sine < 0 ? -sine : sine;
    float middleX = -cosine * shiftX - sine * shiftY, radiusX = absCosine * a.centreX + absSine * a.centreY;
    float middleY = sine * shiftX - cosine * shiftY, radiusY = absSine * a.centreX + absCosine * a.centreY;
    // those that take part of this pixel
    float x = static_cast<float>(at.x) - a.centreX, y = static_cast<float>(at.y) - a.centreY;
    float left = at.x == 0 ? fminf(middleX - radiusX, x) : x - 1;
    float right = at.x == p.width - 1 ? fmaxf(middleX + radiusX, x) : x + 1;
    float top = at.y == 0 ? fminf(middleY - radiusY, y) : y - 1;
    float below = at.y == p.height - 1 ? fmaxf(middleY + radiusY, y) : y + 1;
    x = 0.5f * (left + right);
    y = 0.5f * (top + below);
    // and where in the result they are
    float halfX = 0.5f * (right - left), halfY = 0.5f * (below - top), size = 1.0f / (cosine * cosine + sine * sine);
    Range columns(a.originX + size * (cosine * x - sine * y), size * (absCosine * halfX + absSine * halfY), p.width);
    Range rows(a.originY + size * (sine * x + cosine * y), size * (absSine * halfX + absCosine * halfY), p.height);
    float sum = 0;
#pragma unroll 1
    for (int row = rows.first; row <= rows.last; row++) {
#pragma unroll 1
        for (int column = columns.first; column <= columns.last; column++) {
            Taps t = taps(a, static_cast<float>(column), static_cast<float>(row));
            float weight = share(at.x, t.x, t.u) * share(at.y, t.y, t.v);
            if (weight > 0) sum += weight * dy.load(first + (row * p.width + column) * p.channels + at.c);
        }
    }
    return a.gain(at.c) * sum;
}

}  // namespace duet

using namespace duet;

/** y = augmented x, images (rows, H, W, C); xBf16s and yBf16s: stored as bf16, else as float. */
DUET_KERNEL augment(const AugmentPlan* plan, const StepScalars* step, void* x, void* y, int xBf16s, int yBf16s) {
    const AugmentPlan& p = *plan;
    const uint64_t seed = step->seed;
    const uint32_t number = step->step;
    const int64_t size = p.imageSize();
    const Values source = {x, xBf16s}, target = {y, yBf16s};
    forRowsOfGrid(p.rows, [&](int row) {
        const Augmentation a = augmentation(p, seed, number, row);
        const float noise = static_cast<float>(p.noise);
        const int64_t first = row * size;
        forShare((size + 3) / 4, [&](int64_t block) {
            float draw[4] = {};
            if (noise > 0) {
                uint64_t index = p.firstBlock(row) + firstNoiseBlock + static_cast<uint64_t>(block);
                normalBlock(seed, streamAugment, number, index, draw);
            }
#pragma unroll
            for (int k = 0; k < 4; k++) {
                int64_t i = block * 4 + k;
                if (i < size) target.store(first + i, changed(p, a, source, first, Place(p, i)) + noise * draw[k]);
            }
        });
    });
}

/** dx = the adjoint applied to dy, overwritten. */
DUET_KERNEL augment_backward(const AugmentPlan* plan, const StepScalars* step, void* dy, void* dx, int yBf16s,
                             int xBf16s) {
    const AugmentPlan& p = *plan;
    const int64_t size = p.imageSize();
    const Values source = {dy, yBf16s}, target = {dx, xBf16s};
    forRowsOfGrid(p.rows, [&](int row) {
        const Augmentation a = augmentation(p, step->seed, step->step, row);
        const int64_t first = row * size;
        forShare(size, [&](int64_t i) { target.store(first + i, gathered(p, a, source, first, Place(p, i))); });
    });
}
