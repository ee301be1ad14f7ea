package dev.duet.figures;

import dev.duet.DuetException;
import dev.duet.tensor.Philox;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A map of points, such as t-SNE of latents: the colour says the class, the shape of the marker the domain. Points are
 * drawn in one fixed random order over all domains, so that none hides the others. In the midst of each class's points of each
 * domain stands the class's name, once where the domains lie together.
 */
public final class ScatterPlot {
    /** Points of one domain; arrays as in {@link #domain}. */
    @SuppressWarnings("ArrayRecordComponent") // a parcel of data, never compared
    private record Domain(String name, double[] x, double[] y, byte[] labels) {}

    private static final int SIDE = 780; // of the square map, layout pixels
    private static final double PANEL_GAP = 24; // between the map and the legend
    private static final double SAMPLE = 24; // width of a marker in the legend with its gap
    private static final double MAX_NAME = 160;
    private static final double LINE = 26;
    private static final double OPACITY = 0.8;
    private static final double NAME_SIZE = 22; // of the class names on the map
    private static final double NAME_HALO = 5; // thickness of the white around their strokes
    private static final double NAME_ROOM =
            60; // a class is named again only so far from where it is named; names are no wider

    private final String title;
    private final List<String> classes;
    private final List<Domain> domains = new ArrayList<>();
    private String note = "";

    /** @param classes display name of each class */
    public ScatterPlot(String title, List<String> classes) {
        this.title = title;
        this.classes = List.copyOf(classes);
    }

    /**
     * Adds the points of one domain.
     *
     * @param x (N), any unit; points that are not finite are left out
     * @param y (N), the same unit as x, upwards
     * @param labels (N), class indices
     */
    public ScatterPlot domain(String name, double[] x, double[] y, byte[] labels) {
        if (x.length != y.length || x.length != labels.length) {
            throw new DuetException("scatter plot, domain '" + name + "': expected as many x, y as labels, got "
                    + x.length + ", " + y.length + " and " + labels.length);
        }
        domains.add(new Domain(name, x, y, labels));
        return this;
    }

    /** Sentences under the title that say what to look at. */
    public ScatterPlot note(String sentences) {
        note = sentences;
        return this;
    }

    public Canvas draw() {
        int width = (int) Math.ceil(2 * Plot.MARGIN + SIDE + PANEL_GAP + SAMPLE + nameWidth());
        double height = 2 * Plot.MARGIN + Plot.TITLE_SIZE * Plot.TITLE_LINES + Plot.noteHeight(note, width) + SIDE;
        Plot plot = new Plot(width, (int) Math.ceil(height), title);
        plot.note(note);
        plot.canvas.strokeRect(plot.left, plot.top, SIDE, SIDE, 1, Palette.GRID);
        points(plot, SIDE);
        legend(plot, plot.left + SIDE + PANEL_GAP);
        return plot.canvas;
    }

    /** Layout pixels that the names in the legend get. */
    private double nameWidth() {
        Stream<String> names = Stream.concat(
                Stream.of("Domain"),
                Stream.concat(classes.stream(), domains.stream().map(Domain::name)));
        double widest = names.mapToDouble(name -> Glyphs.width(name, Plot.TEXT_SIZE))
                .max()
                .orElse(0);
        return Math.min(MAX_NAME, widest);
    }

    /**
     * From data to the map, with one scale for both directions: distances on such a map mean the same whichever way they run.
     *
     * @param middleX,middleY data values at the map's centre
     * @param unit layout pixels of a data unit
     */
    private record Frame(double centreX, double centreY, double middleX, double middleY, double unit) {
        double x(double value) {
            return centreX + (value - middleX) * unit;
        }

        double y(double value) {
            return centreY - (value - middleY) * unit;
        }
    }

    private Frame frame(Plot plot, double side) {
        Axis x = Axis.over(domains.stream().map(Domain::x).toList(), false);
        Axis y = Axis.over(domains.stream().map(Domain::y).toList(), false);
        double span = Math.max(x.high() - x.low(), y.high() - y.low());
        return new Frame(
                plot.left + side / 2,
                plot.top + side / 2,
                (x.low() + x.high()) / 2,
                (y.low() + y.high()) / 2,
                side / span);
    }

    private void points(Plot plot, double side) {
        Frame frame = frame(plot, side);
        int[] order = order();
        double radius = Math.max(2.4, Math.min(5.5, 130 / Math.sqrt(order.length + 1.0)));
        for (int index : order) {
            int d = 0;
            int i = index;
            while (i >= domains.get(d).x().length) i -= domains.get(d++).x().length;
            Domain domain = domains.get(d);
            double px = frame.x(domain.x()[i]);
            double py = frame.y(domain.y()[i]);
            if (!Double.isFinite(px + py)) continue;
            // A faint rim keeps the shapes apart where points crowd.
            plot.canvas.marker(Marker.of(d), px, py, radius * 1.3, Palette.translucent(Palette.PAPER, 0.5));
            int argb = Palette.translucent(Palette.of(domain.labels()[i] & 0xFF), OPACITY);
            plot.canvas.marker(Marker.of(d), px, py, radius, argb);
        }
        for (int c = 0; c < classes.size(); c++) names(plot, frame, c);
    }

    /** Writes the name of class {@code c} into the midst of each domain's points of it. */
    private void names(Plot plot, Frame frame, int c) {
        List<double[]> named = new ArrayList<>();
        for (Domain domain : domains) {
            int midst = midst(domain, c);
            if (midst < 0) continue;
            double x = frame.x(domain.x()[midst]);
            double y = frame.y(domain.y()[midst]);
            if (named.stream().anyMatch(at -> near(at, x, y))) continue;
            named.add(new double[] {x, y});
            Glyphs.drawWithHalo(
                    plot.canvas,
                    x,
                    y + NAME_SIZE * Glyphs.CAP_HEIGHT / 2,
                    Glyphs.fit(classes.get(c), NAME_SIZE, NAME_ROOM),
                    NAME_SIZE,
                    NAME_HALO);
        }
    }

    private static boolean near(double[] at, double x, double y) {
        double dx = at[0] - x;
        double dy = at[1] - y;
        return dx * dx + dy * dy < NAME_ROOM * NAME_ROOM;
    }

    /** The point of class {@code c} with the least sum of distances to the others of its class and domain, or −1. */
    private static int midst(Domain domain, int c) {
        int[] members = IntStream.range(0, domain.labels().length)
                .filter(i -> (domain.labels()[i] & 0xFF) == c && Double.isFinite(domain.x()[i] + domain.y()[i]))
                .toArray();
        int best = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int i : members) {
            double sum = 0;
            for (int j : members) sum += distance(domain, i, j);
            if (sum < least) best = i;
            least = Math.min(least, sum);
        }
        return best;
    }

    private static double distance(Domain domain, int i, int j) {
        double dx = domain.x()[i] - domain.x()[j];
        double dy = domain.y()[i] - domain.y()[j];
        return Math.sqrt(dx * dx + dy * dy);
    }

    /** A fixed permutation of all points, domains one after another. */
    private int[] order() {
        int[] order =
                new int[domains.stream().mapToInt(domain -> domain.x().length).sum()];
        for (int i = 0; i < order.length; i++) order[i] = i;
        new Philox.Sequence(0, Philox.Stream.EVALUATION, 0).shuffle(order);
        return order;
    }

    private void legend(Plot plot, double x) {
        double y = heading(plot, x, plot.top, "Domain");
        for (int d = 0; d < domains.size(); d++) {
            y = entry(plot, x, y, Marker.of(d), Palette.MUTED, domains.get(d).name());
        }
        y = heading(plot, x, y + LINE / 2, "Class");
        int room = (int) ((plot.top + SIDE - y) / LINE);
        int listed = classes.size() <= room ? classes.size() : room - 1;
        for (int c = 0; c < listed; c++) {
            y = entry(plot, x, y, Marker.CIRCLE, Palette.of(c), classes.get(c));
        }
        if (listed < classes.size()) heading(plot, x, y, "and " + (classes.size() - listed) + " more");
    }

    private static double heading(Plot plot, double x, double y, String text) {
        plot.text(x, y + 14, text, Palette.MUTED, Glyphs.Align.LEFT);
        return y + LINE;
    }

    private static double entry(Plot plot, double x, double y, Marker marker, int argb, String name) {
        plot.canvas.marker(marker, x + 8, y + LINE / 2, 6, argb);
        String fitted = Glyphs.fit(name, Plot.TEXT_SIZE, plot.right - x - SAMPLE + 1);
        plot.text(x + SAMPLE, Plot.middle(y + LINE / 2), fitted, Palette.INK, Glyphs.Align.LEFT);
        return y + LINE;
    }
}
