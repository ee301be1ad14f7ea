package dev.duet.backend.cuda;

/** The upper half of a float32. */
final class Bfloat16 {
    private Bfloat16() {}

    /** The nearest, ties to even; NaN stays NaN. */
    static short of(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) return (short) ((bits >>> 16) | 0x40);
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
