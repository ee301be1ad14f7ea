package dev.duet.figures;

import dev.duet.DuetException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Curves such as losses over epochs. A value that is not finite leaves a gap in its curve. */
public final class LineChart {
    /**
     * One curve.
     *
     * @param x (n), in the unit of the x axis
     * @param y (n), in the unit of the y axis
     */
    @SuppressWarnings("ArrayRecordComponent") // a parcel of data, never compared
    public record Series(String name, double[] x, double[] y) {
        public Series {
            if (x.length != y.length) {
                throw new DuetException(
                        "line chart '" + name + "': expected as many y as x, got " + y.length + " and " + x.length);
            }
        }
    }

    private static final int WIDTH = 960;
    private static final int HEIGHT = 560;
    private static final double THICKNESS = 2.2;
    private static final int DOTS_UP_TO = 40; // points of a curve up to which each gets a dot

    private final String title;
    private final String xName;
    private final String yName;
    private final List<Series> series = new ArrayList<>();
    private boolean log;

    public LineChart(String title, String xName, String yName) {
        this.title = title;
        this.xName = xName;
        this.yName = yName;
    }

    public LineChart series(String name, double[] x, double[] y) {
        series.add(new Series(name, x, y));
        return this;
    }

    /** Makes the y axis logarithmic; values that are not positive become gaps. */
    public LineChart logY() {
        log = true;
        return this;
    }

    public Canvas draw() {
        Plot plot = new Plot(WIDTH, HEIGHT, title);
        plot.legend(
                IntStream.range(0, series.size()).mapToObj(i -> entry(plot, i)).toList());
        Axis x = xAxis();
        Axis y = yAxis();
        plot.axes(x, y, xName, yName);
        for (int i = 0; i < series.size(); i++) curve(plot, x, y, series.get(i), Palette.of(i));
        return plot.canvas;
    }

    /** The same chart as a legend and inline SVG for the report. */
    String svg(String description) {
        return new SvgLineChart(title, description, xName, yName, series, xAxis(), yAxis()).markup();
    }

    private Axis xAxis() {
        return Axis.over(series.stream().map(Series::x).toList(), false);
    }

    private Axis yAxis() {
        return Axis.over(series.stream().map(Series::y).toList(), log);
    }

    private Plot.Entry entry(Plot plot, int index) {
        return new Plot.Entry(
                series.get(index).name(),
                (x, y) -> plot.canvas.line(x + 2, y, x + 20, y, THICKNESS * 1.3, Palette.of(index)));
    }

    private static void curve(Plot plot, Axis xAxis, Axis yAxis, Series series, int argb) {
        int n = series.x().length;
        double[] xs = new double[n];
        double[] ys = new double[n];
        for (int i = 0; i < n; i++) {
            xs[i] = plot.x(xAxis, series.x()[i]);
            ys[i] = plot.y(yAxis, series.y()[i]);
            if (n <= DOTS_UP_TO && Double.isFinite(xs[i] + ys[i])) plot.canvas.circle(xs[i], ys[i], 3.4, argb);
        }
        plot.canvas.polyline(xs, ys, THICKNESS, argb);
    }
}
