package dev.duet.figures;

import dev.duet.DuetException;
import dev.duet.figures.Glyphs.Align;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A confusion matrix: counts shaded by each row's shares, the cells of right decisions framed, and at each row's end the share of
 * them.
 */
public final class HeatMap {
    private static final int DEEP = 0xFF0B3C7D; // a share of 1; a share of 0 is pale
    private static final int PALE = 0xFFF6F7F9;
    private static final double CELL_WIDTH = 66;
    private static final double CELL_HEIGHT = 44;
    private static final double LINE = 24;
    private static final double SHARE_WIDTH = 72; // of the column of shares
    private static final double PALE_INK = 0.4; // share from which white stands out more than black
    private static final double FRAME = 1.5;
    private static final String SHARE_NAME = "right";

    private final String title;
    private final List<String> rows;
    private final List<String> columns;
    private final List<List<Long>> counts;
    private String note = "";

    /**
     * @param rows display name of each true class
     * @param columns of each class decided for: those of the rows in the same order, and perhaps others
     * @param counts (rows, columns)
     */
    public HeatMap(String title, List<String> rows, List<String> columns, List<List<Long>> counts) {
        this.title = title;
        this.rows = List.copyOf(rows);
        this.columns = List.copyOf(columns);
        this.counts = List.copyOf(counts);
        boolean fits = counts.size() == rows.size() && counts.stream().allMatch(row -> row.size() == columns.size());
        if (!fits) {
            throw new DuetException("heat map '" + title + "': expected counts of " + rows.size() + " × "
                    + columns.size() + " classes, got rows of "
                    + counts.stream().map(List::size).toList());
        }
    }

    /** Sentences under the title that say what to look at. */
    public HeatMap note(String sentences) {
        note = sentences;
        return this;
    }

    public Canvas draw() {
        double labels = Math.max(28, widestLabel() + 16);
        double table = labels + CELL_WIDTH * columns.size() + SHARE_WIDTH;
        int width = (int) Math.ceil(2 * Plot.MARGIN + table);
        double high = Plot.TITLE_SIZE * Plot.TITLE_LINES + Plot.noteHeight(note, width) + LINE;
        Plot plot = new Plot(width, (int) Math.ceil(2 * Plot.MARGIN + high + CELL_HEIGHT * rows.size()), title);
        plot.note(note);
        plot.left += labels;
        plot.top += LINE;
        for (int c = 0; c < columns.size(); c++) {
            String column = Glyphs.fit(columns.get(c), Plot.TEXT_SIZE, CELL_WIDTH - 6);
            plot.text(plot.left + (c + 0.5) * CELL_WIDTH, plot.top - 8, column, Palette.INK, Align.CENTRE);
        }
        plot.text(plot.right, plot.top - 8, SHARE_NAME, Palette.MUTED, Align.RIGHT);
        for (int r = 0; r < rows.size(); r++) row(plot, r);
        return plot.canvas;
    }

    private double widestLabel() {
        return Stream.concat(rows.stream(), Stream.of(""))
                .mapToDouble(name -> Glyphs.width(name, Plot.TEXT_SIZE))
                .max()
                .orElse(0);
    }

    private void row(Plot plot, int row) {
        double y = plot.top + row * CELL_HEIGHT;
        double text = Plot.middle(y + CELL_HEIGHT / 2);
        plot.text(plot.left - 12, text, rows.get(row), Palette.INK, Align.RIGHT);
        long total = counts.get(row).stream().mapToLong(Long::longValue).sum();
        for (int column = 0; column < columns.size(); column++) {
            long count = counts.get(row).get(column);
            double share = total == 0 ? 0 : count / (double) total;
            double x = plot.left + column * CELL_WIDTH;
            // The square root lets the rare confusions, which matter, stand out from none at all.
            int shade = Coverage.mix(PALE, DEEP, Math.sqrt(share));
            plot.canvas.fillRect(x + 1, y + 1, CELL_WIDTH - 2, CELL_HEIGHT - 2, 0xFF000000 | shade);
            if (column == row)
                plot.canvas.strokeRect(x + 1, y + 1, CELL_WIDTH - 2, CELL_HEIGHT - 2, FRAME, Palette.INK);
            int ink = share > PALE_INK ? Palette.PAPER : count == 0 ? Palette.AXIS : Palette.INK;
            plot.text(
                    x + CELL_WIDTH / 2,
                    text,
                    Axis.labels(List.of((double) count)).get(0),
                    ink,
                    Align.CENTRE);
        }
        String right = total == 0
                ? "–"
                : String.format(Locale.ROOT, "%.1f %%", 100.0 * counts.get(row).get(row) / total);
        plot.text(plot.right, text, right, Palette.INK, Align.RIGHT);
    }
}
