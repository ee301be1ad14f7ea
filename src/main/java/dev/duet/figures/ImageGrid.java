package dev.duet.figures;

import dev.duet.data.Png;
import dev.duet.figures.Glyphs.Align;
import dev.duet.figures.Glyphs.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Rows of small images with captions: pairs, reconstructions, samples, translations, interpolations, contact sheets. Each
 * image is enlarged by a whole factor, so that its pixels stay what they are.
 */
public final class ImageGrid {
    /** Whether the label under an image is a statement (plain) or a judgement. */
    public enum Verdict {
        NONE,
        RIGHT,
        WRONG
    }

    /**
     * One image with what stands under it.
     *
     * @param picture null for an empty place
     * @param label text under the image, empty for none; a judged one gets a tick or a cross, so that it does not rest
     *     on telling green from red
     */
    public record Cell(Png.Image picture, String label, Verdict verdict) {
        /** An empty place. */
        public static final Cell EMPTY = new Cell(null, "", Verdict.NONE);

        /** An image without a label. */
        public static Cell of(Png.Image picture) {
            return new Cell(picture, "", Verdict.NONE);
        }

        /** An image with a plain label, e.g. its class. */
        public static Cell of(Png.Image picture, String label) {
            return new Cell(picture, label, Verdict.NONE);
        }

        /** An image with the label that a judge gave it: green where it is right, red and framed where it is wrong. */
        public static Cell judged(Png.Image picture, String label, boolean right) {
            return new Cell(picture, label, right ? Verdict.RIGHT : Verdict.WRONG);
        }
    }

    private record Row(String caption, List<Cell> cells, double gapAbove) {}

    private static final int CELL_DEVICE_PIXELS = 128; // side of an image's square
    private static final double GAP = 8; // between images, layout pixels
    private static final double BLOCK_GAP = 14; // between blocks of rows
    private static final double LABEL_HEIGHT = 20;
    private static final double CAPTION_HEIGHT = 24;
    private static final double MIN_WIDTH = 200;
    private static final double FRAME = 2; // thickness around an image that is wrong

    private final String title;
    private final List<Row> rows = new ArrayList<>();
    private List<String> columns = List.of();
    private String note = "";
    private Set<Integer> gapsAfter = Set.of();
    private double nextGap;

    public ImageGrid(String title) {
        this.title = title;
    }

    /** Captions above the columns. */
    public ImageGrid columns(List<String> captions) {
        columns = List.copyOf(captions);
        return this;
    }

    /** Sentences under the title that say what to look at. */
    public ImageGrid note(String sentences) {
        note = sentences;
        return this;
    }

    /** Sets what follows these columns, counted from 0, apart from them. */
    public ImageGrid gapsAfter(Integer... after) {
        gapsAfter = Set.of(after);
        return this;
    }

    /** Adds a row of images below the last; {@code caption} stands to its left, empty for none. */
    public ImageGrid row(String caption, List<Cell> cells) {
        rows.add(new Row(caption, List.copyOf(cells), rows.isEmpty() ? 0 : nextGap));
        nextGap = 0;
        return this;
    }

    /** Adds the cells in rows of {@code perRow}. */
    public ImageGrid wrapped(List<Cell> cells, int perRow) {
        for (int from = 0; from < cells.size(); from += perRow) {
            row("", cells.subList(from, Math.min(cells.size(), from + perRow)));
        }
        return this;
    }

    /** Sets the next row apart from those above. */
    public ImageGrid gap() {
        nextGap = BLOCK_GAP;
        return this;
    }

    public Canvas draw() {
        double side = side();
        double captions = captionWidth();
        int most = Math.max(
                1, rows.stream().mapToInt(row -> row.cells().size()).max().orElse(0));
        double content = captions + columnLeft(most, side) - GAP;
        double wide = Math.max(Math.max(content, MIN_WIDTH), Glyphs.width(title, Plot.TITLE_SIZE) * 1.02);
        int width = (int) Math.ceil(wide + 2 * Plot.MARGIN);
        double high = titleHeight() + Plot.noteHeight(note, width) + (columns.isEmpty() ? 0 : CAPTION_HEIGHT);
        for (Row row : rows) high += row.gapAbove() + rowHeight(row, side) + GAP;
        Plot plot = new Plot(width, (int) Math.ceil(high - GAP + 2 * Plot.MARGIN), title);
        plot.note(note);
        plot.left += captions;
        columnCaptions(plot, side);
        for (Row row : rows) row(plot, row, side, captions);
        return plot.canvas;
    }

    /** Layout pixels of the square that every image gets: at least as many device pixels as the largest has itself. */
    private double side() {
        int largest = CELL_DEVICE_PIXELS;
        for (Row row : rows) {
            for (Cell cell : row.cells()) {
                if (cell.picture() != null)
                    largest = Math.max(
                            largest,
                            Math.max(cell.picture().height(), cell.picture().width()));
            }
        }
        return largest / (double) Canvas.SCALE;
    }

    /** Layout pixels from the first column's left side to that of column {@code index}. */
    private double columnLeft(int index, double side) {
        long gaps = gapsAfter.stream().filter(after -> after < index).count();
        return index * (side + GAP) + gaps * BLOCK_GAP;
    }

    private double titleHeight() {
        return title.isEmpty() ? 0 : Plot.TITLE_SIZE * Plot.TITLE_LINES;
    }

    private double captionWidth() {
        double widest = rows.stream()
                .mapToDouble(row -> Glyphs.width(row.caption(), Plot.TEXT_SIZE))
                .max()
                .orElse(0);
        return widest == 0 ? 0 : widest + 16;
    }

    private static double rowHeight(Row row, double side) {
        boolean labelled = row.cells().stream().anyMatch(cell -> !cell.label().isEmpty());
        return side + (labelled ? LABEL_HEIGHT : 0);
    }

    private void columnCaptions(Plot plot, double side) {
        for (int i = 0; i < columns.size(); i++) {
            String caption = Glyphs.fit(columns.get(i), Plot.TEXT_SIZE, side + GAP - 2);
            double middle = plot.left + columnLeft(i, side) + side / 2;
            plot.text(middle, plot.top + 12, caption, Palette.MUTED, Align.CENTRE);
        }
        if (!columns.isEmpty()) plot.top += CAPTION_HEIGHT;
    }

    private void row(Plot plot, Row row, double side, double captions) {
        plot.top += row.gapAbove();
        plot.text(plot.left - captions, Plot.middle(plot.top + side / 2), row.caption(), Palette.INK, Align.LEFT);
        for (int i = 0; i < row.cells().size(); i++) {
            cell(
                    plot.canvas,
                    plot.left + columnLeft(i, side),
                    plot.top,
                    side,
                    row.cells().get(i));
        }
        plot.top += rowHeight(row, side) + GAP;
    }

    private static void cell(Canvas canvas, double x, double y, double side, Cell cell) {
        Png.Image picture = cell.picture();
        if (picture == null) return;
        int zoom = (int) (side * Canvas.SCALE) / Math.max(picture.height(), picture.width());
        double w = picture.width() * zoom / (double) Canvas.SCALE;
        double h = picture.height() * zoom / (double) Canvas.SCALE;
        double left = x + (side - w) / 2;
        double top = y + (side - h) / 2;
        if (cell.verdict() == Verdict.WRONG)
            canvas.strokeRect(left - FRAME, top - FRAME, w + 2 * FRAME, h + 2 * FRAME, FRAME, Palette.WRONG);
        else canvas.strokeRect(left - 0.5, top - 0.5, w + 1, h + 1, 0.5, Palette.AXIS);
        canvas.image(picture, left, top, zoom);
        String sign = switch (cell.verdict()) {
            case NONE -> "";
            case RIGHT -> "✓ ";
            case WRONG -> "✗ ";
        };
        int ink = cell.verdict() == Verdict.WRONG
                ? Palette.WRONG
                : cell.verdict() == Verdict.RIGHT ? Palette.RIGHT : Palette.MUTED;
        String label = cell.label().isEmpty() ? "" : Glyphs.fit(sign + cell.label(), Plot.TEXT_SIZE, side + GAP - 2);
        double baseline = y + side + 15;
        Glyphs.draw(canvas, x + side / 2, baseline, label, Plot.TEXT_SIZE, ink, Align.CENTRE, Weight.REGULAR);
    }
}
