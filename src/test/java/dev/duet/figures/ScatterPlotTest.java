package dev.duet.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.tensor.Philox;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScatterPlotTest {
    private static final List<String> DIGITS = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    private static final double CENTRE_X = 24 + 390; // of the map, layout pixels: margin and half of its side
    private static final double CENTRE_Y = 24 + 34 + 390;

    @Test
    void aPointHasTheColourOfItsClass() {
        Canvas canvas = new ScatterPlot("One", DIGITS)
                .domain("mnist", new double[] {3}, new double[] {-2}, new byte[] {7})
                .draw();
        assertThat(Ink.at(canvas, CENTRE_X, CENTRE_Y)).isEqualTo(Coverage.mix(0xFFFFFF, Palette.of(7), 204 / 255.0));
    }

    @Test
    void yRunsUpwardsAndBothDirectionsShareOneScale() {
        Canvas canvas = new ScatterPlot("Three", DIGITS)
                .domain("m", new double[] {0, 0, 1}, new double[] {0, 2, 0}, new byte[] {0, 1, 2})
                .draw();
        // The range is 0…2 upwards with 4 % air on both sides, so one unit is 780 / 2.16 layout pixels.
        double unit = 780 / 2.16;
        int over = Coverage.mix(0xFFFFFF, Palette.of(1), 204 / 255.0);
        int right = Coverage.mix(0xFFFFFF, Palette.of(2), 204 / 255.0);
        assertThat(Ink.at(canvas, CENTRE_X - unit / 2, CENTRE_Y - unit)).isEqualTo(over);
        assertThat(Ink.at(canvas, CENTRE_X + unit / 2, CENTRE_Y + unit)).isEqualTo(right);
    }

    @Test
    void noDomainHidesTheOther() {
        int n = 5000;
        double[] x = new double[n];
        double[] y = new double[n];
        byte[] zeros = new byte[n];
        byte[] threes = new byte[n];
        Arrays.fill(threes, (byte) 3);
        for (int i = 0; i < n; i++) {
            x[i] = Philox.normal(5, Philox.Stream.SYNTHETIC, 0, i) * 0.2;
            y[i] = Philox.normal(5, Philox.Stream.SYNTHETIC, 1, i) * 0.2;
        }
        Canvas canvas = new ScatterPlot("Same places", DIGITS)
                .domain("mnist", x, y, zeros)
                .domain("svhn", x, y, threes)
                .draw();
        Ink.assertMargins(canvas, "scatter", 20);
        int blue = 0;
        int purple = 0;
        for (int i = 0; i < n; i++) {
            int pixel = canvas.pixel((int) (CENTRE_X * 2) - 150 + i % 300, (int) (CENTRE_Y * 2) - 8 + i / 300);
            if ((pixel >> 8 & 0xFF) > 60 && (pixel >> 16 & 0xFF) < 70) blue++;
            if ((pixel >> 8 & 0xFF) < 60 && (pixel >> 16 & 0xFF) > 70) purple++;
        }
        assertThat((double) blue / purple).as("blue over purple").isBetween(0.7, 1.4);
    }

    @Test
    void longNamesAndManyClassesStayInsideTheMargins() {
        String[] classes = new String[60];
        Arrays.fill(classes, "a class with a very long name indeed");
        Canvas canvas = new ScatterPlot("Many ".repeat(60), List.of(classes))
                .domain("a domain with a very long name", new double[] {0, 1}, new double[] {0, 1}, new byte[] {0, 59})
                .draw();
        Ink.assertMargins(canvas, "scatter-long", 20);
    }

    @Test
    void leavesOutPointsThatAreNotFinite() {
        Canvas canvas = new ScatterPlot("", List.of())
                .domain("m", new double[] {Double.NaN}, new double[] {0}, new byte[] {1})
                .draw();
        assertThat(Ink.count(canvas, Coverage.mix(0xFFFFFF, Palette.of(1), 204 / 255.0)))
                .isZero();
    }

    @Test
    void theSameInputGivesTheSameBytes() {
        byte[] first = small().png();
        assertThat(small().png()).isEqualTo(first);
    }

    @Test
    void refusesArraysOfDifferentLengths() {
        assertThatThrownBy(() -> new ScatterPlot("", DIGITS).domain("svhn", new double[2], new double[2], new byte[3]))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("domain 'svhn'")
                .hasMessageContaining("got 2, 2 and 3");
    }

    private static Canvas small() {
        return new ScatterPlot("Small", DIGITS)
                .domain("m", new double[] {0, 1, 2}, new double[] {0, 1, 0}, new byte[] {0, 1, 2})
                .domain("s", new double[] {0, 1, 2}, new double[] {1, 0, 1}, new byte[] {0, 1, 2})
                .draw();
    }
}
