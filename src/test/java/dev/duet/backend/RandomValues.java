package dev.duet.backend;

import dev.duet.tensor.Philox;

/** Values to compute with, the same in every run. */
public final class RandomValues {
    private RandomValues() {}

    /** {@code count} standard normals. */
    public static float[] normals(long seed, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float) Philox.normal(seed, Philox.Stream.SYNTHETIC, 0, i);
        return values;
    }

    /** What storing in bfloat16 makes of {@code values}, in place. */
    public static float[] bfloat16(float[] values) {
        for (int i = 0; i < values.length; i++) values[i] = Bfloat16.toFloat(Bfloat16.of(values[i]));
        return values;
    }
}
