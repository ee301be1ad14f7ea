package dev.duet.figures;

import dev.duet.DuetException;
import dev.duet.figures.Glyphs.Align;
import java.util.List;

/** A table of counts shaded by each row's shares, such as the confusion matrix of a judge. */
public final class HeatMap {
    private static final int DEEP = 0xFF0B3C7D; // a share of 1; a share of 0 is white
    private static final double CELL_WIDTH = 66;
    private static final double CELL_HEIGHT = 44;
    private static final double LINE = 24;

    private final String title;
    private final String rowName;
    private final String columnName;
    private final List<String> classes;
    private final long[][] counts; // (classes, classes)

    /**
     * @param rowName what a row stands for, e.g. "true class"
     * @param columnName what a column stands for, e.g. "judged as"
     * @param classes display name of each class, for rows and columns
     * @param counts (classes, classes), row first
     */
    public HeatMap(String title, String rowName, String columnName, List<String> classes, long[][] counts) {
        if (counts.length != classes.size()) {
            throw new DuetException("heat map '" + title + "': expected one row of counts for each of " + classes.size()
                    + " classes, got " + counts.length);
        }
        this.title = title;
        this.rowName = rowName;
        this.columnName = columnName;
        this.classes = List.copyOf(classes);
        this.counts = counts;
    }

    public Canvas draw() {
        double labels = Math.max(28, widestLabel() + 16);
        int width = (int) Math.ceil(2 * Plot.MARGIN + labels + CELL_WIDTH * classes.size());
        int height = (int) Math.ceil(
                2 * Plot.MARGIN + Plot.TITLE_SIZE * Plot.TITLE_LINES + 2 * LINE + CELL_HEIGHT * classes.size());
        Plot plot = new Plot(width, height, title);
        String axes = "rows: " + rowName + ", columns: " + columnName + "; shaded by the share of the row";
        plot.text(
                plot.left,
                plot.top + 12,
                Glyphs.fit(axes, Plot.TEXT_SIZE, plot.right - plot.left),
                Palette.MUTED,
                Align.LEFT);
        plot.left += labels;
        plot.top += 2 * LINE;
        for (int i = 0; i < classes.size(); i++) {
            double x = plot.left + (i + 0.5) * CELL_WIDTH;
            double y = plot.top + (i + 0.5) * CELL_HEIGHT;
            String column = Glyphs.fit(classes.get(i), Plot.TEXT_SIZE, CELL_WIDTH - 6);
            plot.text(x, plot.top - 8, column, Palette.INK, Align.CENTRE);
            plot.text(plot.left - 12, Plot.middle(y), classes.get(i), Palette.INK, Align.RIGHT);
            row(plot, i);
        }
        return plot.canvas;
    }

    private double widestLabel() {
        return classes.stream()
                .mapToDouble(name -> Glyphs.width(name, Plot.TEXT_SIZE))
                .max()
                .orElse(0);
    }

    private void row(Plot plot, int row) {
        long total = 0;
        for (long count : counts[row]) total += count;
        double y = plot.top + row * CELL_HEIGHT;
        for (int column = 0; column < classes.size(); column++) {
            double share = total == 0 ? 0 : counts[row][column] / (double) total;
            double x = plot.left + column * CELL_WIDTH;
            // The square root lets the rare confusions, which matter, stand out from none at all.
            int shade = Coverage.mix(0xF6F7F9, DEEP, Math.sqrt(share));
            plot.canvas.fillRect(x + 1, y + 1, CELL_WIDTH - 2, CELL_HEIGHT - 2, 0xFF000000 | shade);
            int ink = share > 0.2 ? Palette.PAPER : counts[row][column] == 0 ? Palette.AXIS : Palette.INK;
            String text = Axis.labels(List.of((double) counts[row][column])).get(0);
            plot.text(x + CELL_WIDTH / 2, Plot.middle(y + CELL_HEIGHT / 2), text, ink, Align.CENTRE);
        }
    }
}
