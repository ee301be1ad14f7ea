package dev.duet.figures;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaletteTest {
    private static final double[][] NORMAL = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

    /** Severity 1.0 of Machado, Oliveira, Fernandes (2009), on linear RGB. */
    private static final double[][] PROTANOPIA = {
        {0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}
    };

    private static final double[][] DEUTERANOPIA = {
        {0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}
    };

    /** OKLab after Ottosson (2020): linear RGB to cone responses, their cube roots to lightness and opponents. */
    private static final double[][] CONES = {
        {0.4122214708, 0.5363325363, 0.0514459929},
        {0.2119034982, 0.6806995451, 0.1073969566},
        {0.0883024619, 0.2817188376, 0.6299787005}
    };

    private static final double[][] OPPONENTS = {
        {0.2104542553, 0.7936177850, -0.0040720468},
        {1.9779984951, -2.4285922050, 0.4505937099},
        {0.0259040371, 0.7827717662, -0.8086757660}
    };

    @Test
    void classColoursStayApartForThreeKindsOfSight() {
        assertThat(smallestDistance(NORMAL)).isGreaterThan(0.19);
        assertThat(smallestDistance(PROTANOPIA)).isGreaterThan(0.12);
        assertThat(smallestDistance(DEUTERANOPIA)).isGreaterThan(0.12);
    }

    @Test
    void coloursRepeatAfterTen() {
        assertThat(Palette.of(13)).isEqualTo(Palette.of(3));
    }

    @Test
    void translucencyKeepsTheColour() {
        assertThat(Palette.translucent(0xFF123456, 0.5)).isEqualTo(0x80123456);
        assertThat(Palette.css(0xFF00ABCD)).isEqualTo("#00ABCD");
    }

    private static double smallestDistance(double[][] sight) {
        double smallest = 1;
        for (int i = 0; i < 10; i++) {
            for (int j = 0; j < i; j++) {
                double[] a = lab(Palette.of(i), sight);
                double[] b = lab(Palette.of(j), sight);
                double squares = 0;
                for (int k = 0; k < 3; k++) squares += (a[k] - b[k]) * (a[k] - b[k]);
                smallest = Math.min(smallest, Math.sqrt(squares));
            }
        }
        return smallest;
    }

    private static double[] lab(int argb, double[][] sight) {
        double[] seen = times(sight, new double[] {linear(argb >> 16), linear(argb >> 8), linear(argb)});
        for (int i = 0; i < 3; i++) seen[i] = Math.max(0, Math.min(1, seen[i]));
        double[] cones = times(CONES, seen);
        for (int i = 0; i < 3; i++) cones[i] = Math.cbrt(cones[i]);
        return times(OPPONENTS, cones);
    }

    private static double linear(int channel) {
        double value = (channel & 0xFF) / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
    }

    private static double[] times(double[][] matrix, double[] vector) {
        double[] out = new double[3];
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) out[i] += matrix[i][j] * vector[j];
        }
        return out;
    }
}
