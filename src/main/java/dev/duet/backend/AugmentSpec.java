package dev.duet.backend;

import dev.duet.DuetException;

/**
 * How far an encoder's input is changed at random (docs/design.md, E15). Each image draws each number evenly from ± its range.
 *
 * @param rotationDegrees of the rotation about the image's centre, 0 to 180
 * @param scale share of 1 that the size changes by, 0 to 0.9
 * @param shiftPixels in each direction, at least 0
 * @param contrast share of 1 that the distance from ½ changes by, at least 0
 * @param brightness added, at least 0
 * @param channelJitter share of 1 that each channel's factor differs by, at least 0
 * @param invert probability that x becomes 1 − x, 0 to 1
 * @param noise standard deviation of normal noise on each value, at least 0
 */
public record AugmentSpec(
        double rotationDegrees,
        double scale,
        double shiftPixels,
        double contrast,
        double brightness,
        double channelJitter,
        double invert,
        double noise) {
    /** Changes nothing. */
    public static final AugmentSpec NONE = new AugmentSpec(0, 0, 0, 0, 0, 0, 0, 0);

    /** @throws DuetException naming the first number that is out of its range */
    public AugmentSpec {
        check("rotation_degrees", rotationDegrees, 180);
        check("scale", scale, 0.9);
        check("shift_pixels", shiftPixels, Float.MAX_VALUE);
        check("contrast", contrast, Float.MAX_VALUE);
        check("brightness", brightness, Float.MAX_VALUE);
        check("channel_jitter", channelJitter, Float.MAX_VALUE);
        check("invert", invert, 1);
        check("noise", noise, Float.MAX_VALUE);
    }

    private static void check(String name, double value, double largest) {
        if (value >= 0 && value <= largest) return; // false for NaN
        throw new DuetException("augmentation, " + name + ": expected 0 to "
                + (largest == Float.MAX_VALUE ? "any finite number" : largest) + ", got " + value);
    }
}
