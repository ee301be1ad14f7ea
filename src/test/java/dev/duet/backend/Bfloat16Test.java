package dev.duet.backend;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class Bfloat16Test {
    @Test
    void keepsWhatItCanHold() {
        for (float value : new float[] {0, -0f, 1, -2.5f, 0x1p-126f, 0x1.fep127f, Float.POSITIVE_INFINITY}) {
            assertThat(Bfloat16.toFloat(Bfloat16.of(value))).isEqualTo(value);
        }
    }

    @Test
    void roundsToTheNearestTiesToEven() {
        assertThat(Bfloat16.toFloat(Bfloat16.of(0x1.010000p0f))).isEqualTo(1); // tie, down to even
        assertThat(Bfloat16.toFloat(Bfloat16.of(0x1.030000p0f))).isEqualTo(0x1.04p0f); // tie, up to even
        assertThat(Bfloat16.toFloat(Bfloat16.of(0x1.010002p0f))).isEqualTo(0x1.02p0f);
        assertThat(Bfloat16.toFloat(Bfloat16.of(-0x1.00fffep0f))).isEqualTo(-1);
        assertThat(Bfloat16.toFloat(Bfloat16.of(Float.MAX_VALUE))).isEqualTo(Float.POSITIVE_INFINITY);
    }

    @Test
    void nanStaysNan() {
        assertThat(Bfloat16.toFloat(Bfloat16.of(Float.NaN))).isNaN();
        assertThat(Bfloat16.toFloat(Bfloat16.of(Float.intBitsToFloat(0x7F800001))))
                .isNaN();
    }
}
