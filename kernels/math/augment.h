// Random changes of images, affine in the pixels: docs/design.md E15.
#pragma once
#include "philox.h"

namespace duet {

/** Made once per op by Java in the memory of the device that runs it: 64-bit words. */
struct AugmentPlan {
    double rotation;  // in quarter turns
    double scale;
    double shift;  // in pixels
    double contrast, brightness, channelJitter, invert, noise;
    int64_t site, firstRow, rows, height, width, channels;

    DUET_HD int64_t imageSize() const { return height * width * channels; }
    /** Number of the first Philox block of row number row of the plan's. */
    DUET_HD uint64_t firstBlock(int64_t row) const {
        return (static_cast<uint64_t>(site) << 40) + (static_cast<uint64_t>(firstRow + row) << 20);
    }
};

/** Of the blocks of an image: from here on four normals each, for its values in the order (H, W, C). */
constexpr uint64_t firstNoiseBlock = 1u << 19;

/** What one image draws. */
struct Augmentation {
    float cosine, sine;          // of the rotation, divided by the size
    float centreX, centreY;      // of the image
    float originX, originY;      // the place in the result that shows the image's centre
    float lastX, lastY;          // the largest coordinates
    float contrast, brightness;  // factor about 1/2; added
    float factors[4];            // of the channels
    bool inverted;

    DUET_HD float factor(int c) const {
        return c == 0 ? factors[0] : c == 1 ? factors[1] : c == 2 ? factors[2] : factors[3];
    }

    /** A value v of channel c becomes gain v + offset. */
    DUET_HD float gain(int c) const { return (inverted ? -factor(c) : factor(c)) * contrast; }
    DUET_HD float offset(int c) const {
        float moved = factor(c) * (0.5f * (1.0f - contrast) + brightness);
        return inverted ? 1.0f - moved : moved;
    }
};

DUET_HD Augmentation augmentation(const AugmentPlan& p, uint64_t seed, uint32_t step, int64_t row) {
    uint64_t block = p.firstBlock(row);
    uint32_t place[4], light[4], channels[4];
    philoxBlock(seed, streamAugment, step, block, place);
    philoxBlock(seed, streamAugment, step, block + 1, light);
    philoxBlock(seed, streamAugment, step, block + 2, channels);
    Augmentation a;
    float quarters = static_cast<float>(p.rotation) * evenDraw(place[0]);  // in [-2, 2]
    int32_t quadrant = static_cast<int32_t>(quarters + 4.5f) - 4;          // the nearest
    float angle = (quarters - static_cast<float>(quadrant)) * 1.57079633f;  // at most pi/4
    a.cosine = cosineOctant(angle);
    a.sine = sineOctant(angle);
    turn(static_cast<uint32_t>(quadrant) & 3u, a.cosine, a.sine);
    float size = 1.0f + static_cast<float>(p.scale) * evenDraw(place[1]);
    a.cosine /= size;
    a.sine /= size;
    a.lastX = static_cast<float>(p.width - 1);
    a.lastY = static_cast<float>(p.height - 1);
    a.centreX = 0.5f * a.lastX;
    a.centreY = 0.5f * a.lastY;
    a.originX = a.centreX + static_cast<float>(p.shift) * evenDraw(place[2]);
    a.originY = a.centreY + static_cast<float>(p.shift) * evenDraw(place[3]);
    a.contrast = 1.0f + static_cast<float>(p.contrast) * evenDraw(light[0]);
    a.brightness = static_cast<float>(p.brightness) * evenDraw(light[1]);
    a.inverted = chance(light[2], static_cast<float>(p.invert));
    for (int c = 0; c < 4; c++) a.factors[c] = 1.0f + static_cast<float>(p.channelJitter) * evenDraw(channels[c]);
    return a;
}

/** Bilinear: the pixels (x, y), (x + 1, y) and below, with the place's distance from the first. */
struct Taps {
    int x, y;
    float u, v;

    /** Weight of the tap that is right columns to the right (0 or 1) and down rows below. */
    DUET_HD float weight(int right, int down) const {
        return (down ? v : 1.0f - v) * (right ? u : 1.0f - u);
    }
};

/** Where pixel (x, y) of the result comes from; outside of the image from its nearest edge. */
DUET_HD Taps taps(const Augmentation& a, float x, float y) {
    float toX = x - a.originX, toY = y - a.originY;
    float fromX = a.centreX + a.cosine * toX + a.sine * toY;
    float fromY = a.centreY - a.sine * toX + a.cosine * toY;
    fromX = fromX < 0 ? 0 : fromX > a.lastX ? a.lastX : fromX;
    fromY = fromY < 0 ? 0 : fromY > a.lastY ? a.lastY : fromY;
    int left = static_cast<int>(fromX), top = static_cast<int>(fromY);
    return {left, top, fromX - static_cast<float>(left), fromY - static_cast<float>(top)};
}

}  // namespace duet
