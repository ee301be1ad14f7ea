package dev.duet.figures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.data.Png;
import dev.duet.figures.ImageGrid.Cell;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImageGridTest {
    @Test
    void showsEachPictureAtItsPlaceEnlargedByAWholeFactor() {
        Canvas canvas = new ImageGrid("Two")
                .row("", List.of(Cell.of(red(32)), Cell.of(red(28))))
                .draw();
        Ink.assertMargins(canvas, "grid-two", 20);
        double top = Plot.MARGIN + 34;
        // 32 pixels fill the square of 64 layout pixels four-fold; 28 do so to 56, centred.
        assertThat(Ink.count(canvas, 24, top, 64, 64, 0xFFFF0000)).isEqualTo(128 * 128);
        assertThat(Ink.count(canvas, 24 + 72, top, 64, 64, 0xFFFF0000)).isEqualTo(112 * 112);
        assertThat(Ink.count(canvas, 24 + 72 + 4, top + 4, 56, 56, 0xFFFF0000)).isEqualTo(112 * 112);
    }

    @Test
    void labelsAreGreenWhereRightAndRedWhereWrong() {
        Canvas canvas = new ImageGrid("Judged")
                .row("svhn", List.of(Cell.judged(red(32), "7", true), Cell.judged(red(32), "4", false)))
                .draw();
        Ink.assertMargins(canvas, "grid-judged", 20);
        double left = Plot.MARGIN + Glyphs.width("svhn", Plot.TEXT_SIZE) + 16;
        double under = Plot.MARGIN + 34 + 66;
        assertThat(Ink.count(canvas, left, under, 64, 18, Palette.RIGHT)).isGreaterThan(20);
        assertThat(Ink.count(canvas, left, under, 64, 18, Palette.WRONG)).isZero();
        assertThat(Ink.count(canvas, left + 72, under, 64, 18, Palette.WRONG)).isGreaterThan(20);
    }

    /** So that it is found at a glance, and by who cannot tell green from red. */
    @Test
    void whatIsWrongIsFramed() {
        Canvas canvas = new ImageGrid("")
                .row("", List.of(Cell.judged(red(32), "7", true), Cell.judged(red(32), "4", false)))
                .draw();
        double top = Plot.MARGIN;
        assertThat(Ink.count(canvas, 22, top - 2, 68, 2, Palette.WRONG)).isZero();
        assertThat(Ink.count(canvas, 24 + 72 - 2, top - 2, 68, 2, Palette.WRONG))
                .isEqualTo(136 * 4);
        assertThat(Ink.count(canvas, 24 + 72, top, 64, 64, 0xFFFF0000)).isEqualTo(128 * 128);
    }

    /** As in a table whose first column and row say what the others are. */
    @Test
    void placesMayBeEmptyAndColumnsSetApart() {
        Cell red = Cell.of(red(32));
        Canvas canvas = new ImageGrid("Table")
                .note("A sentence that says what to look at in the three pictures.")
                .gapsAfter(0)
                .row("", List.of(Cell.EMPTY, red))
                .row("", List.of(red, red))
                .draw();
        Ink.assertMargins(canvas, "grid-table", 20);
        double top = Plot.MARGIN
                + 34
                + Plot.noteHeight("A sentence that says what to look at in the three pictures.", canvas.width());
        assertThat(top).isGreaterThan(Plot.MARGIN + 34 + 20);
        assertThat(Ink.count(canvas, 24, top, 64, 64, 0xFFFFFFFF)).isEqualTo(128 * 128);
        for (double[] at : new double[][] {{24 + 72 + 14, top}, {24, top + 72}, {24 + 72 + 14, top + 72}})
            assertThat(Ink.count(canvas, at[0], at[1], 64, 64, 0xFFFF0000)).isEqualTo(128 * 128);
    }

    @Test
    void captionsDoNotReachIntoTheirNeighbours() {
        List<String> captions = List.of("a caption much wider than a column", "another of that kind");
        Canvas canvas = new ImageGrid("")
                .columns(captions)
                .row("", List.of(Cell.of(red(32), "a label much too long to fit"), Cell.of(red(32), "x")))
                .draw();
        Ink.assertMargins(canvas, "grid-captions", 20);
        assertThat(Ink.count(canvas, 24 + 64 + 3.5, 24, 1, 20, Palette.MUTED)).isZero();
    }

    @Test
    void wrapsIntoRowsAndKeepsLargePicturesWhole() {
        List<Cell> cells = new ArrayList<>();
        for (int i = 0; i < 5; i++) cells.add(Cell.of(red(200)));
        Canvas canvas = new ImageGrid("Large").wrapped(cells, 3).draw();
        Ink.assertMargins(canvas, "grid-large", 20);
        assertThat(Ink.count(canvas, 0xFFFF0000)).isEqualTo(5 * 200 * 200);
        assertThat(canvas.height()).isEqualTo(24 + 34 + 100 + 8 + 100 + 24);
    }

    private static Png.Image red(int side) {
        byte[] pixels = new byte[side * side * 3];
        for (int i = 0; i < pixels.length; i += 3) pixels[i] = (byte) 255;
        return new Png.Image(side, side, 3, pixels);
    }
}
