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

    private static final List<String> UNNAMED = List.of("", "", "", "", "", "", "", "", "", "");

    @Test
    void aPointHasTheColourOfItsClass() {
        Canvas canvas = new ScatterPlot("One", UNNAMED)
                .domain("mnist", new double[] {3}, new double[] {-2}, new byte[] {7})
                .draw();
        assertThat(Ink.at(canvas, CENTRE_X, CENTRE_Y)).isEqualTo(Coverage.mix(0xFFFFFF, Palette.of(7), 204 / 255.0));
    }

    @Test
    void yRunsUpwardsAndBothDirectionsShareOneScale() {
        Canvas canvas = new ScatterPlot("Three", UNNAMED)
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
        Canvas canvas = new ScatterPlot("Same places", UNNAMED)
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

    /** Class 1 of both domains lies in one place, class 0 of the second elsewhere than that of the first. */
    @Test
    void classesAreNamedWhereTheyLieOnceWhereDomainsMeet() {
        byte[] labels = {0, 0, 0, 1};
        double[] y = {0, 0, 0, 0};
        List<String> names = List.of("n", "m");
        Canvas apart = named(names, new double[] {0, 0.1, 0.9, 2}, y, labels, new double[] {1, 1, 1, 2});
        Canvas together = named(names, new double[] {0, 0.1, 0.9, 2}, y, labels, new double[] {0, 0, 0, 2});
        Ink.assertMargins(apart, "scatter-named", 20);
        int once = namedAt(together, 0.1);
        assertThat(once).isGreaterThan(20);
        assertThat(namedAt(apart, 0.1)).as("the midst of 0, 0.1 and 0.9").isEqualTo(once);
        assertThat(namedAt(apart, 1)).isEqualTo(once);
        assertThat(namedAt(together, 1)).isZero();
        assertThat(namedAt(apart, 2)).isEqualTo(namedAt(together, 2)).isGreaterThan(once);
    }

    private static Canvas named(List<String> names, double[] x, double[] y, byte[] labels, double[] other) {
        return new ScatterPlot("Named", names)
                .domain("mnist", x, y, labels)
                .domain("svhn", other, y, labels)
                .draw();
    }

    /** Ink of text around the data value {@code x} of maps from 0 to 2. */
    private static int namedAt(Canvas canvas, double x) {
        return Ink.count(canvas, CENTRE_X + (x - 1) * 780 / 2.16 - 25, CENTRE_Y - 25, 50, 50, Palette.INK);
    }

    @Test
    void aNoteMovesTheMapDown() {
        ScatterPlot plot = new ScatterPlot("One", UNNAMED)
                .domain("mnist", new double[] {3}, new double[] {-2}, new byte[] {7})
                .note("A note.");
        Canvas canvas = plot.draw();
        assertThat(Ink.at(canvas, CENTRE_X, CENTRE_Y + 28))
                .isEqualTo(Coverage.mix(0xFFFFFF, Palette.of(7), 204 / 255.0));
        Ink.assertMargins(canvas, "scatter-note", 20);
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
