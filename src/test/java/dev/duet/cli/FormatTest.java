package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FormatTest {
    @Test
    void durationsGrowFromSecondsToHours() {
        assertThat(Format.duration(0.4)).isEqualTo("0 s");
        assertThat(Format.duration(59.4)).isEqualTo("59 s");
        assertThat(Format.duration(59.6)).isEqualTo("1:00");
        assertThat(Format.duration(3599.9)).isEqualTo("1:00:00");
        assertThat(Format.duration(7384)).isEqualTo("2:03:04");
    }

    @Test
    void sizesUseBinaryUnits() {
        assertThat(Format.bytes(512)).isEqualTo("512 B");
        assertThat(Format.bytes(1536)).isEqualTo("1.5 KiB");
        assertThat(Format.bytes(182L << 20)).isEqualTo("182 MiB");
        assertThat(Format.bytes(1L << 50)).isEqualTo("1024 TiB");
    }

    @Test
    void ratesHaveAboutThreeDigits() {
        assertThat(Format.rate(0.523)).isEqualTo("0.52");
        assertThat(Format.rate(48.13)).isEqualTo("48.1");
        assertThat(Format.rate(312.4)).isEqualTo("312");
    }
}
