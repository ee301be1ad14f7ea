package dev.duet.figures;

import java.util.List;
import java.util.Locale;

/**
 * A line chart for the report: a legend as a list, which wraps on narrow screens, and inline SVG. It stands on a white
 * plate in both colour schemes, as the pictures do, so that a colour means the same everywhere.
 */
final class SvgLineChart {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 430;
    private static final int LEFT = 64;
    private static final int RIGHT = WIDTH - 20;
    private static final int TOP = 40;
    private static final int BOTTOM = HEIGHT - 56;

    private final StringBuilder out = new StringBuilder();
    private final String title;
    private final String description;
    private final String xName;
    private final String yName;
    private final List<LineChart.Series> series;
    private final Axis xAxis;
    private final Axis yAxis;

    SvgLineChart(
            String title,
            String description,
            String xName,
            String yName,
            List<LineChart.Series> series,
            Axis xAxis,
            Axis yAxis) {
        this.title = title;
        this.description = description;
        this.xName = xName;
        this.yName = yName;
        this.series = series;
        this.xAxis = xAxis;
        this.yAxis = yAxis;
    }

    String markup() {
        out.append("<div class=\"plate\">\n");
        legend();
        out.append("<svg class=\"chart\" role=\"img\" viewBox=\"0 0 " + WIDTH + " " + HEIGHT + "\" aria-label=\""
                + ReportHtml.escape(title + ". " + description) + "\">\n");
        text(LEFT, 20, "start", yName);
        text((LEFT + RIGHT) / 2.0, HEIGHT - 8, "middle", xName);
        line(LEFT, BOTTOM, RIGHT, BOTTOM, "class=\"axis\"");
        marks(xAxis, 8, false);
        marks(yAxis, 6, true);
        for (int i = 0; i < series.size(); i++) curve(series.get(i), Palette.css(Palette.of(i)));
        return out.append("</svg>\n</div>\n").toString();
    }

    private void legend() {
        out.append("<ul class=\"legend\">\n");
        for (int i = 0; i < series.size(); i++) {
            String name = ReportHtml.escape(series.get(i).name());
            String colour = Palette.css(Palette.of(i));
            out.append("<li><span style=\"background:" + colour + "\"></span>" + name + "</li>\n");
        }
        out.append("</ul>\n");
    }

    private void marks(Axis axis, int wanted, boolean vertical) {
        List<Double> ticks = axis.ticks(wanted);
        List<String> labels = Axis.labels(ticks);
        for (int i = 0; i < ticks.size(); i++) {
            if (vertical) {
                double y = y(ticks.get(i));
                line(LEFT, y, RIGHT, y, "class=\"grid\"");
                text(LEFT - 10, y + 5, "end", labels.get(i));
            } else {
                double x = x(ticks.get(i));
                line(x, BOTTOM, x, BOTTOM + 5, "class=\"axis\"");
                text(x, BOTTOM + 24, "middle", labels.get(i));
            }
        }
    }

    private void curve(LineChart.Series curve, String colour) {
        StringBuilder path = new StringBuilder();
        boolean down = false;
        for (int i = 0; i < curve.x().length; i++) {
            double x = x(curve.x()[i]);
            double y = y(curve.y()[i]);
            boolean known = Double.isFinite(x + y);
            if (known) path.append(String.format(Locale.ROOT, "%s%.1f %.1f", down ? "L" : "M", x, y));
            // A point alone between gaps shows as a dot: the round ends of a line of no length.
            if (known && !down) path.append("h0");
            down = known;
        }
        out.append("<path class=\"curve\" stroke=\"" + colour + "\" d=\"" + path + "\"/>\n");
    }

    private double x(double value) {
        return LEFT + xAxis.share(value) * (RIGHT - LEFT);
    }

    private double y(double value) {
        return BOTTOM - yAxis.share(value) * (BOTTOM - TOP);
    }

    private void line(double x1, double y1, double x2, double y2, String style) {
        out.append(String.format(
                Locale.ROOT, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2, y2, style));
    }

    private void text(double x, double y, String anchor, String text) {
        out.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
                x,
                y,
                anchor,
                ReportHtml.escape(text)));
    }
}
