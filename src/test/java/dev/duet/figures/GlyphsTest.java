package dev.duet.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.figures.Glyphs.Align;
import dev.duet.figures.Glyphs.Weight;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GlyphsTest {
    private static final int BLACK = 0xFF000000;
    private static final String SIGNS = "·×÷±−–—…→←↔↑↓°²³≈≤≥≠αβελµσΣΔ✓✗";

    @Test
    void hasPrintableAsciiAndTheSignsOfLabels() {
        List<String> missing = new ArrayList<>();
        for (int c = ' '; c <= '~'; c++) if (!Glyphs.has(c)) missing.add(Character.toString(c));
        SIGNS.codePoints().filter(c -> !Glyphs.has(c)).forEach(c -> missing.add(Character.toString(c)));
        assertThat(missing).isEmpty();
        assertThat(Glyphs.has('é')).isFalse();
    }

    @Test
    void inkOfEveryCharacterStaysInItsCell() {
        for (String character : characters()) {
            Canvas canvas = new Canvas(80, 80, Palette.PAPER);
            Glyphs.draw(canvas, 20, 50, character, 40, BLACK, Align.LEFT, Weight.BOLD);
            int[] box = Ink.box(canvas);
            assertThat(box[0]).as("left of " + character).isGreaterThanOrEqualTo(20 * Canvas.SCALE - 2);
            double right = (20 + Glyphs.width(character, 40)) * Canvas.SCALE;
            assertThat((double) box[2]).as("right of " + character).isLessThanOrEqualTo(right + 2);
            assertThat(box[1]).as("top of " + character).isGreaterThanOrEqualTo((50 - 35) * Canvas.SCALE);
            assertThat(box[3]).as("bottom of " + character).isLessThan((50 + 12) * Canvas.SCALE);
        }
    }

    @Test
    void noTwoCharactersLookTheSameAtTheSmallestSizeInUse() {
        Map<String, String> seen = new HashMap<>();
        for (String character : characters()) {
            Canvas canvas = new Canvas(20, 20, Palette.PAPER);
            Glyphs.draw(canvas, 2, 14, character, 11, BLACK);
            StringBuilder pixels = new StringBuilder();
            for (int i = 0; i < 1600; i++)
                pixels.append(canvas.pixel(i % 40, i / 40) & 0xFF).append(' ');
            String twin = seen.put(pixels.toString(), character);
            assertThat(twin).as("looks like " + character).isNull();
        }
    }

    @Test
    void capitalsAreSevenTenthsOfTheSizeHigh() {
        Canvas canvas = new Canvas(100, 140, Palette.PAPER);
        Glyphs.draw(canvas, 10, 120, "H", 100, BLACK);
        int[] box = Ink.box(canvas);
        double stroke = 0.085 * 100;
        double height = (box[3] - box[1] + 1) / (double) Canvas.SCALE;
        assertThat(height).isCloseTo(70 + stroke, within(1.0));
    }

    @Test
    void alignsAtTheGivenPosition() {
        double width = Glyphs.width("Duet", 20);
        int left = firstInk(Align.LEFT, 50);
        assertThat(firstInk(Align.RIGHT, 50 + width)).isEqualTo(left);
        assertThat(firstInk(Align.CENTRE, 50 + width / 2)).isEqualTo(left);
    }

    @Test
    void figuresAreEquallyWideAndWidthsAdd() {
        for (char digit = '0'; digit <= '9'; digit++) {
            assertThat(Glyphs.width("" + digit, 20)).isEqualTo(11.4);
        }
        assertThat(Glyphs.width("Wi 7", 20))
                .isCloseTo(Glyphs.width("W", 20) + Glyphs.width("i", 20) + Glyphs.width(" ", 20) + 11.4, within(1e-9));
        assertThat(Glyphs.width("W", 20)).isGreaterThan(2 * Glyphs.width("i", 20));
    }

    @Test
    void drawsAnEmptyBoxForWhatItDoesNotKnow() {
        Canvas canvas = new Canvas(40, 40, Palette.PAPER);
        Glyphs.draw(canvas, 10, 30, "漢", 20, BLACK);
        int[] box = Ink.box(canvas);
        assertThat(box[3] - box[1]).isBetween(28, 34);
        assertThat(canvas.pixel((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)).isEqualTo(0xFFFFFF);
        assertThat(Glyphs.width("😀", 20)).isEqualTo(Glyphs.width("漢", 20));
    }

    @Test
    void cutsLongTextWithAnEllipsisThatFits() {
        String fitted = Glyphs.fit("a very long name of a class", 14, 80);
        assertThat(fitted).startsWith("a very").endsWith("…");
        assertThat(Glyphs.width(fitted, 14)).isLessThanOrEqualTo(80);
        assertThat(Glyphs.fit("short", 14, 80)).isEqualTo("short");
    }

    private static int firstInk(Align align, double x) {
        Canvas canvas = new Canvas(160, 40, Palette.PAPER);
        Glyphs.draw(canvas, x, 30, "Duet", 20, BLACK, align, Weight.REGULAR);
        return Ink.box(canvas)[0];
    }

    private static List<String> characters() {
        List<String> out = new ArrayList<>();
        for (int c = '!'; c <= '~'; c++) out.add(Character.toString(c));
        SIGNS.codePoints().forEach(c -> out.add(Character.toString(c)));
        return out;
    }

    @Test
    void linesBreakBetweenWordsButNotBeforeAPerCentSign() {
        double room = Glyphs.width("right: 65.4 %", 14);
        assertThat(Glyphs.wrap("", 14, room)).isEmpty();
        assertThat(Glyphs.wrap(" right: 65.4 % of all", 14, room)).containsExactly("right: 65.4 %", "of all");
        assertThat(Glyphs.wrap("right: 65.4 %", 14, room - 1)).containsExactly("right:", "65.4 %");
        assertThat(Glyphs.wrap("a incomprehensibilities b", 14, room)).satisfies(lines -> {
            assertThat(lines).hasSize(3);
            assertThat(lines.get(1)).startsWith("incomp").endsWith("…");
        });
    }
}
