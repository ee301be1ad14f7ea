package dev.duet.data;

import java.util.Arrays;

/** Draws smooth strokes of varying width into a coverage map, anti-aliased by the distance to the centre line. */
final class StrokeRaster {
    /** Straight pieces per curve between two points. */
    private static final int PIECES = 5;

    private final int height;
    private final int width;
    private final float[] ink; // (height, width), coverage in [0, 1]

    StrokeRaster(int height, int width) {
        this.height = height;
        this.width = width;
        this.ink = new float[height * width];
    }

    /** Coverage in [0, 1], row by row; overwritten by later drawing. */
    float[] ink() {
        return ink;
    }

    void clear() {
        Arrays.fill(ink, 0);
    }

    /** Half the stroke's width in pixels at a place: fraction of the stroke passed, in [0, 1]. */
    @FunctionalInterface
    interface Pen {
        double radius(double along);
    }

    /**
     * Draws a glyph.
     *
     * @param points x and y alternating, pixels; (0, 0) is the corner of the first pixel
     * @param strokes indices of points
     */
    void draw(double[] points, int[][] strokes, Pen pen) {
        for (int[] stroke : strokes) {
            int last = stroke.length - 1;
            boolean closed = stroke[0] == stroke[last] && last > 1;
            for (int i = 0; i < last; i++) {
                int before = i > 0 ? stroke[i - 1] : closed ? stroke[last - 1] : stroke[0];
                int after = i + 2 <= last ? stroke[i + 2] : closed ? stroke[1] : stroke[last];
                curve(points, new int[] {before, stroke[i], stroke[i + 1], after}, i, last, pen);
            }
        }
    }

    /** The Catmull–Rom piece from point p[1] to p[2]. */
    private void curve(double[] points, int[] p, int index, int of, Pen pen) {
        double x0 = points[2 * p[1]];
        double y0 = points[2 * p[1] + 1];
        double r0 = pen.radius(index / (double) of);
        for (int k = 1; k <= PIECES; k++) {
            double t = k / (double) PIECES;
            double x1 = catmullRom(points, p, 0, t);
            double y1 = catmullRom(points, p, 1, t);
            double r1 = pen.radius((index + t) / of);
            segment(x0, y0, r0, x1, y1, r1);
            x0 = x1;
            y0 = y1;
            r0 = r1;
        }
    }

    private static double catmullRom(double[] points, int[] p, int axis, double t) {
        double a = points[2 * p[0] + axis];
        double b = points[2 * p[1] + axis];
        double c = points[2 * p[2] + axis];
        double d = points[2 * p[3] + axis];
        return b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
    }

    /** A straight piece with round ends, whose radius goes from r0 to r1. */
    private void segment(double x0, double y0, double r0, double x1, double y1, double r1) {
        double reach = Math.max(r0, r1) + 1;
        int left = Math.max(0, (int) (Math.min(x0, x1) - reach));
        int right = Math.min(width - 1, (int) (Math.max(x0, x1) + reach));
        int top = Math.max(0, (int) (Math.min(y0, y1) - reach));
        int bottom = Math.min(height - 1, (int) (Math.max(y0, y1) + reach));
        double dx = x1 - x0;
        double dy = y1 - y0;
        double scale = 1 / Math.max(1e-9, dx * dx + dy * dy);
        for (int y = top; y <= bottom; y++) {
            for (int x = left; x <= right; x++) {
                double px = x + .5 - x0;
                double py = y + .5 - y0;
                double t = Math.min(1, Math.max(0, (px * dx + py * dy) * scale));
                double ex = px - t * dx;
                double ey = py - t * dy;
                double cover = r0 + t * (r1 - r0) + .5 - Math.sqrt(ex * ex + ey * ey);
                int at = y * width + x;
                if (cover > ink[at]) ink[at] = (float) Math.min(1, cover);
            }
        }
    }
}
