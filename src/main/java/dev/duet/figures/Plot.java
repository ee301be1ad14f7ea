package dev.duet.figures;

import dev.duet.figures.Glyphs.Align;
import dev.duet.figures.Glyphs.Weight;
import java.util.List;

/**
 * The frame that charts share: title, legend row, plot area, grid and marks. From top to bottom: title, legend, the name
 * of the y axis (level, so that no text is turned), the plot area, marks of x, the name of the x axis.
 */
final class Plot {
    static final double TITLE_SIZE = 20;
    static final double TEXT_SIZE = 14;
    static final double MARGIN = 24;
    static final double TITLE_LINES = 1.7; // room a title takes, in its own sizes
    private static final double LEGEND_SAMPLE = 22; // width of the sample before a name
    private static final double LEGEND_GAP = 22;
    private static final double LINE_HEIGHT = 24;
    private static final double MARK_GAP = 8;
    private static final double NOTE_LINE = 20;
    private static final double NOTE_GAP = 8;

    /** Draws the sample of legend entry {@code index} around the middle of its left side. */
    interface Sample {
        void draw(double x, double y);
    }

    /** One legend entry. */
    record Entry(String name, Sample sample) {}

    final Canvas canvas;
    double left = MARGIN;
    double top = MARGIN;
    double right;
    double bottom;

    Plot(int width, int height, String title) {
        canvas = new Canvas(width, height, Palette.PAPER);
        right = width - MARGIN;
        bottom = height - MARGIN;
        double size = title.isEmpty() ? 0 : TITLE_SIZE;
        String fitted = Glyphs.fit(title, size, right - left);
        Glyphs.draw(canvas, left, top + size * 0.8, fitted, size, Palette.INK, Align.LEFT, Weight.BOLD);
        top += size * TITLE_LINES;
    }

    /** Layout pixels that a note takes in a figure of {@code width} layout pixels. */
    static double noteHeight(String note, int width) {
        int lines = Glyphs.wrap(note, TEXT_SIZE, width - 2 * MARGIN).size();
        return lines == 0 ? 0 : lines * NOTE_LINE + NOTE_GAP;
    }

    /** Sentences below the title that say what to look at, in as many lines as they need. */
    void note(String note) {
        List<String> lines = Glyphs.wrap(note, TEXT_SIZE, right - left);
        for (String line : lines) {
            text(left, top + TEXT_SIZE * 0.8, line, Palette.MUTED, Align.LEFT);
            top += NOTE_LINE;
        }
        if (!lines.isEmpty()) top += NOTE_GAP;
    }

    /** A row, or more, of samples with names below what is drawn so far. */
    void legend(List<Entry> entries) {
        double x = left;
        double y = top + LINE_HEIGHT / 2;
        for (Entry entry : entries) {
            String name = Glyphs.fit(entry.name(), TEXT_SIZE, right - left - LEGEND_SAMPLE - 8);
            double wide = LEGEND_SAMPLE + 8 + Glyphs.width(name, TEXT_SIZE);
            if (x > left && x + wide > right) {
                x = left;
                y += LINE_HEIGHT;
            }
            entry.sample().draw(x, y);
            text(x + LEGEND_SAMPLE + 8, middle(y), name, Palette.INK, Align.LEFT);
            x += wide + LEGEND_GAP;
        }
        if (!entries.isEmpty()) top = y + LINE_HEIGHT / 2 + 6;
    }

    /** Fixes the plot area and draws grid, marks and names of both axes. */
    void axes(Axis x, Axis y, String xName, String yName) {
        List<Double> yTicks = y.ticks(6);
        List<String> yLabels = Axis.labels(yTicks);
        area(yLabels, xName, yName);
        for (int i = 0; i < yTicks.size(); i++) {
            double at = y(y, yTicks.get(i));
            canvas.fillRect(left, at - 0.5, right - left, 1, Palette.GRID);
            text(left - MARK_GAP, middle(at), yLabels.get(i), Palette.MUTED, Align.RIGHT);
        }
        List<Double> xTicks = x.ticks(8);
        List<String> xLabels = Axis.labels(xTicks);
        for (int i = 0; i < xTicks.size(); i++) {
            double at = x(x, xTicks.get(i));
            canvas.fillRect(at - 0.5, bottom, 1, 5, Palette.AXIS);
            text(at, bottom + 20, xLabels.get(i), Palette.MUTED, Align.CENTRE);
        }
        canvas.fillRect(left, bottom - 0.5, right - left, 1, Palette.AXIS);
    }

    /** Fixes the plot area for the given marks of the y axis and draws the names of the axes. */
    void area(List<String> yLabels, String xName, String yName) {
        if (!yName.isEmpty()) {
            text(left, top + 16, Glyphs.fit(yName, TEXT_SIZE, right - left), Palette.MUTED, Align.LEFT);
            top += LINE_HEIGHT + 4;
        }
        double widest = yLabels.stream()
                .mapToDouble(label -> Glyphs.width(label, TEXT_SIZE))
                .max()
                .orElse(0);
        left += widest + MARK_GAP;
        top += TEXT_SIZE / 2;
        bottom -= xName.isEmpty() ? LINE_HEIGHT : 2 * LINE_HEIGHT;
        String fitted = Glyphs.fit(xName, TEXT_SIZE, right - left);
        text((left + right) / 2, canvas.height() - MARGIN - 2, fitted, Palette.MUTED, Align.CENTRE);
    }

    /** Canvas x of a data value. */
    double x(Axis axis, double value) {
        return left + axis.share(value) * (right - left);
    }

    /** Canvas y of a data value. */
    double y(Axis axis, double value) {
        return bottom - axis.share(value) * (bottom - top);
    }

    void text(double x, double baseline, String text, int argb, Align align) {
        Glyphs.draw(canvas, x, baseline, text, TEXT_SIZE, argb, align, Weight.REGULAR);
    }

    /** The baseline of text whose capitals are centred at y. */
    static double middle(double y) {
        return y + TEXT_SIZE * Glyphs.CAP_HEIGHT / 2;
    }
}
