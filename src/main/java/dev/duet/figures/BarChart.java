package dev.duet.figures;

import dev.duet.DuetException;
import dev.duet.figures.Glyphs.Align;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Groups of bars with confidence intervals and lines of reference, such as coherence per class beside its ceiling. */
public final class BarChart {
    /**
     * Bars of one colour.
     *
     * @param values (categories), height of each bar; not finite for none
     * @param low (categories), lower end of the confidence interval
     * @param high (categories), upper end
     */
    @SuppressWarnings("ArrayRecordComponent") // a parcel of data, never compared
    private record Series(String name, double[] values, double[] low, double[] high) {}

    private record Reference(String name, double value) {}

    private static final int WIDTH = 960;
    private static final int HEIGHT = 480;
    private static final double GROUP = 0.76; // share of a category's width that its bars take
    private static final double LONG_DASH = 11;
    private static final double SHORT_DASH = 4;

    private final String title;
    private final String yName;
    private final List<String> categories;
    private final List<Series> series = new ArrayList<>();
    private final List<Reference> references = new ArrayList<>();

    public BarChart(String title, String yName, List<String> categories) {
        this.title = title;
        this.yName = yName;
        this.categories = List.copyOf(categories);
    }

    /** Adds bars without intervals; {@code values} (categories). */
    public BarChart series(String name, double... values) {
        return series(name, values, values, values);
    }

    /** Adds bars with confidence intervals from {@code low} to {@code high}; all (categories), in the unit of y. */
    public BarChart series(String name, double[] values, double[] low, double[] high) {
        for (double[] array : List.of(values, low, high)) {
            if (array.length != categories.size()) {
                throw new DuetException("bar chart, series '" + name + "': expected " + categories.size()
                        + " values, one for each category, got " + array.length);
            }
        }
        series.add(new Series(name, values, low, high));
        return this;
    }

    /** Adds a dashed level line, for instance the accuracy that chance gives. */
    public BarChart reference(String name, double value) {
        references.add(new Reference(name, value));
        return this;
    }

    public Canvas draw() {
        Plot plot = new Plot(WIDTH, HEIGHT, title);
        plot.legend(entries(plot));
        Axis y = yAxis();
        List<Double> ticks = y.ticks(5);
        List<String> labels = Axis.labels(ticks);
        plot.area(labels, "", yName);
        for (int i = 0; i < ticks.size(); i++) {
            double at = plot.y(y, ticks.get(i));
            plot.canvas.fillRect(plot.left, at - 0.5, plot.right - plot.left, 1, Palette.GRID);
            plot.text(plot.left - 8, Plot.middle(at), labels.get(i), Palette.MUTED, Align.RIGHT);
        }
        double slot = (plot.right - plot.left) / categories.size();
        for (int c = 0; c < categories.size(); c++) category(plot, y, c, slot);
        plot.canvas.fillRect(plot.left, plot.y(y, 0) - 0.5, plot.right - plot.left, 1, Palette.AXIS);
        for (int i = 0; i < references.size(); i++) {
            dashes(
                    plot.canvas,
                    plot.left,
                    plot.right,
                    plot.y(y, references.get(i).value()),
                    dash(i));
        }
        return plot.canvas;
    }

    private List<Plot.Entry> entries(Plot plot) {
        List<Plot.Entry> entries = new ArrayList<>();
        for (int i = 0; i < series.size(); i++) {
            int argb = Palette.of(i);
            entries.add(new Plot.Entry(series.get(i).name(), (x, y) -> plot.canvas.fillRect(x, y - 7, 20, 14, argb)));
        }
        for (int i = 0; i < references.size(); i++) {
            double dash = dash(i);
            entries.add(new Plot.Entry(references.get(i).name(), (x, y) -> dashes(plot.canvas, x, x + 22, y, dash)));
        }
        return entries;
    }

    /** From zero, or below for negative bars, to the tallest thing drawn. */
    private Axis yAxis() {
        double low = 0;
        double high = 0;
        List<double[]> drawn = new ArrayList<>();
        for (Series s : series) drawn.addAll(List.of(s.values(), s.low(), s.high()));
        drawn.add(references.stream().mapToDouble(Reference::value).toArray());
        for (double[] values : drawn) {
            for (double value : values) {
                if (!Double.isFinite(value)) continue;
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
        }
        double air = (high - low) * 0.04;
        return high == low ? new Axis(0, 1, false, false) : new Axis(low < 0 ? low - air : 0, high + air, false, false);
    }

    private void category(Plot plot, Axis y, int c, double slot) {
        double start = plot.left + c * slot;
        String name = Glyphs.fit(categories.get(c), Plot.TEXT_SIZE, slot - 6);
        plot.text(start + slot / 2, plot.bottom + 20, name, Palette.INK, Align.CENTRE);
        double bar = Math.min(56, slot * GROUP / Math.max(1, series.size()));
        double left = start + (slot - bar * series.size()) / 2;
        for (int i : IntStream.range(0, series.size()).toArray())
            bar(plot, y, series.get(i), c, left + i * bar, bar, i);
    }

    private static void bar(Plot plot, Axis y, Series s, int c, double left, double width, int colour) {
        if (!Double.isFinite(s.values()[c])) return;
        double zero = plot.y(y, 0);
        double end = plot.y(y, s.values()[c]);
        plot.canvas.fillRect(left + 1, Math.min(zero, end), width - 2, Math.abs(end - zero), Palette.of(colour));
        double low = plot.y(y, s.low()[c]);
        double high = plot.y(y, s.high()[c]);
        if (!(low - high > 0.5)) return;
        double middle = left + width / 2;
        double cap = Math.min(5, width / 4);
        // First wide and in white, so that the lower half shows on a dark bar.
        whisker(plot.canvas, middle, low, high, cap, 4, Palette.PAPER);
        whisker(plot.canvas, middle, low, high, cap, 1.5, Palette.INK);
    }

    private static void whisker(Canvas canvas, double x, double low, double high, double cap, double wide, int argb) {
        canvas.stroke(x, low, x, high, wide);
        canvas.stroke(x - cap, low, x + cap, low, wide);
        canvas.stroke(x - cap, high, x + cap, high, wide);
        canvas.paint(argb);
    }

    /** Period of the dashes of reference line {@code index}: long, short, long … */
    private static double dash(int index) {
        return index % 2 == 0 ? LONG_DASH : SHORT_DASH;
    }

    private static void dashes(Canvas canvas, double from, double to, double y, double period) {
        for (double x = from; x < to; x += period) {
            canvas.fillRect(x, y - 0.75, Math.min(period * 0.6, to - x), 1.5, Palette.INK);
        }
    }
}
