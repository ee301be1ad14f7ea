package dev.duet.figures;

import java.util.Arrays;

/**
 * How much of each device pixel the shape being drawn covers, in [0, 1]. Parts of one shape join by their maximum, so
 * that a translucent polyline is not darker where its segments meet. Coordinates here are device pixels; the centre of
 * pixel (0, 0) is (0.5, 0.5).
 */
final class Coverage {
    private final int width;
    private final int height;
    private final float[] values; // (height, width)
    private int left;
    private int right;
    private int top;
    private int bottom;

    Coverage(int width, int height) {
        this.width = width;
        this.height = height;
        values = new float[width * height];
        clear();
    }

    /** A stroke with round ends. */
    void addSegment(double x1, double y1, double x2, double y2, double halfWidth) {
        double dx = x2 - x1;
        double dy = y2 - y1;
        double squared = dx * dx + dy * dy;
        int fromX = clampX(Math.min(x1, x2) - halfWidth - 1);
        int toX = clampX(Math.max(x1, x2) + halfWidth + 2);
        int fromY = clampY(Math.min(y1, y2) - halfWidth - 1);
        int toY = clampY(Math.max(y1, y2) + halfWidth + 2);
        grow(fromX, toX, fromY, toY);
        for (int y = fromY; y < toY; y++) {
            for (int x = fromX; x < toX; x++) {
                double px = x + 0.5 - x1;
                double py = y + 0.5 - y1;
                double t = squared == 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / squared));
                double ex = px - t * dx;
                double ey = py - t * dy;
                join(x, y, halfWidth - Math.sqrt(ex * ex + ey * ey) + 0.5);
            }
        }
    }

    /** A marker; {@code radius} is that of the circle of equal area. */
    void addMarker(Marker marker, double cx, double cy, double radius) {
        double reach = marker.reach(radius) + 1;
        int fromX = clampX(cx - reach);
        int toX = clampX(cx + reach + 1);
        int fromY = clampY(cy - reach);
        int toY = clampY(cy + reach + 1);
        grow(fromX, toX, fromY, toY);
        for (int y = fromY; y < toY; y++) {
            for (int x = fromX; x < toX; x++) {
                join(x, y, 0.5 - marker.distance(x + 0.5 - cx, y + 0.5 - cy, radius));
            }
        }
    }

    /** Blends the colour 0xAARRGGBB into {@code rgb} (height, width) where the shape is, and forgets the shape. */
    void paint(int[] rgb, int argb) {
        double alpha = (argb >>> 24) / 255.0;
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                int at = y * width + x;
                if (values[at] > 0) rgb[at] = mix(rgb[at], argb, alpha * values[at]);
            }
        }
        clear();
    }

    /** {@code under} covered to the share {@code alpha} by {@code over}; both 0xRRGGBB, blended in sRGB. */
    static int mix(int under, int over, double alpha) {
        int out = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int a = under >> shift & 0xFF;
            int b = over >> shift & 0xFF;
            out |= (int) (a + (b - a) * alpha + 0.5) << shift;
        }
        return out;
    }

    private void join(int x, int y, double covered) {
        int at = y * width + x;
        if (covered > values[at]) values[at] = (float) Math.min(1, covered);
    }

    private void grow(int fromX, int toX, int fromY, int toY) {
        left = Math.min(left, fromX);
        right = Math.max(right, toX);
        top = Math.min(top, fromY);
        bottom = Math.max(bottom, toY);
    }

    private void clear() {
        for (int y = top; y < bottom; y++) Arrays.fill(values, y * width + left, y * width + right, 0);
        left = width;
        right = 0;
        top = height;
        bottom = 0;
    }

    private int clampX(double x) {
        return (int) Math.max(0, Math.min(width, Math.floor(x)));
    }

    private int clampY(double y) {
        return (int) Math.max(0, Math.min(height, Math.floor(y)));
    }
}
