package dev.duet.figures;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Text from Duet's own stroke font, {@code glyphs.txt}: java.awt throws where a machine has no font. Printable ASCII and
 * the signs used in labels; any other character is drawn as an empty box. Sizes are those of CSS: capitals are 0.7, small
 * letters 0.5 and strokes about 0.09 of the size.
 */
public final class Glyphs {
    /** Where the x of a call lies in the text. */
    public enum Align {
        LEFT(0),
        CENTRE(0.5),
        RIGHT(1);

        private final double share; // of the text's width that lies left of x

        Align(double share) {
            this.share = share;
        }
    }

    /** Thickness of the strokes, in units of 1/20 of the size. */
    public enum Weight {
        REGULAR(1.7),
        BOLD(2.5);

        private final double stroke;

        Weight(double stroke) {
            this.stroke = stroke;
        }
    }

    /** Height of capitals and figures as a share of the size, without the thickness of the strokes. */
    public static final double CAP_HEIGHT = 0.7;

    private static final double UNITS = 20; // units of the table in one size
    private static final double SPACE = 5.6; // advance of a blank, units
    private static final Map<Integer, Glyph> TABLE = load();
    private static final Glyph MISSING = Glyph.parse("SS", "M 0,0 8,0 8,14 0,14 0,0");

    private Glyphs() {}

    /** Advance width of the text, layout pixels. */
    public static double width(String text, double size) {
        return text.codePoints().mapToDouble(Glyphs::advance).sum() * size / UNITS;
    }

    /** Draws regular text that starts at x with its baseline at y. */
    public static void draw(Canvas canvas, double x, double y, String text, double size, int argb) {
        draw(canvas, x, y, text, size, argb, Align.LEFT, Weight.REGULAR);
    }

    /** Draws text at x, as {@code align} says, with its baseline at y. */
    public static void draw(
            Canvas canvas, double x, double y, String text, double size, int argb, Align align, Weight weight) {
        strokes(canvas, x - width(text, size) * align.share, y, text, size, weight.stroke * size / UNITS);
        canvas.paint(argb);
    }

    /** Draws bold dark text centred at x on a white rim of {@code halo} layout pixels, to be read on anything. */
    static void drawWithHalo(Canvas canvas, double x, double y, String text, double size, double halo) {
        double left = x - width(text, size) / 2;
        double thickness = Weight.BOLD.stroke * size / UNITS;
        strokes(canvas, left, y, text, size, thickness + 2 * halo);
        canvas.paint(Palette.translucent(Palette.PAPER, 0.8));
        strokes(canvas, left, y, text, size, thickness);
        canvas.paint(Palette.INK);
    }

    private static void strokes(Canvas canvas, double x, double y, String text, double size, double thickness) {
        double unit = size / UNITS;
        double pen = x;
        for (int codePoint : text.codePoints().toArray()) {
            if (codePoint != ' ') stroke(canvas, glyph(codePoint), pen, y, unit, thickness);
            pen += advance(codePoint) * unit;
        }
    }

    /** The text, cut short with an ellipsis if it is wider than {@code room} layout pixels. */
    public static String fit(String text, double size, double room) {
        if (width(text, size) <= room) return text;
        int end = text.length();
        while (end > 0 && width(text.substring(0, end).strip() + "…", size) > room) {
            end = text.offsetByCodePoints(end, -1);
        }
        return text.substring(0, end).strip() + "…";
    }

    /**
     * The text in lines of at most {@code room} layout pixels, broken between words, but not before a per cent sign; a longer
     * word is cut short.
     */
    static List<String> wrap(String text, double size, double room) {
        List<String> lines = new ArrayList<>();
        String line = "";
        for (String word : text.strip().split(" +(?!%)", -1)) {
            String longer = line.isEmpty() ? word : line + " " + word;
            if (!line.isEmpty() && width(longer, size) > room) {
                lines.add(line);
                longer = word;
            }
            line = fit(longer, size, room);
        }
        if (!line.isEmpty()) lines.add(line);
        return lines;
    }

    /** Whether the font has the character. */
    static boolean has(int codePoint) {
        return codePoint == ' ' || TABLE.containsKey(codePoint);
    }

    private static void stroke(Canvas canvas, Glyph glyph, double pen, double baseline, double unit, double thickness) {
        for (double[] s : glyph.segments()) {
            canvas.stroke(
                    pen + s[0] * unit, baseline - s[1] * unit, pen + s[2] * unit, baseline - s[3] * unit, thickness);
        }
        for (double[] dot : glyph.dots()) {
            double x = pen + dot[0] * unit;
            double y = baseline - dot[1] * unit;
            canvas.stroke(x, y, x, y, thickness * 1.3);
        }
    }

    private static double advance(int codePoint) {
        return codePoint == ' ' ? SPACE : glyph(codePoint).advance();
    }

    private static Glyph glyph(int codePoint) {
        return TABLE.getOrDefault(codePoint, MISSING);
    }

    private static Map<Integer, Glyph> load() {
        Map<Integer, Glyph> table = new HashMap<>();
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(Glyphs.class.getResourceAsStream("glyphs.txt"), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("##")) continue;
                table.put(line.codePointAt(0), Glyph.parse(line.substring(2, 4), line.substring(5)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return table;
    }
}
