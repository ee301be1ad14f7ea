package dev.duet.measure;

import dev.duet.DuetException;

/** N points of D coordinates each, such as latent means: float32, row-major (N, D). Borrows its array. */
public final class Points {
    private final float[] values; // (N, D)
    private final int count;
    private final int width;

    private Points(float[] values, int count, int width) {
        this.values = values;
        this.count = count;
        this.width = width;
    }

    /**
     * A view of {@code values}, (count, width) row-major; the array is not copied.
     *
     * @throws DuetException if the array has another length than count · width, or the width is not positive
     */
    public static Points of(float[] values, int count, int width) {
        if (width < 1 || count < 0 || values.length != (long) count * width) {
            throw new DuetException("points: expected an array of " + count + "×" + width + " = " + (long) count * width
                    + " coordinates, got " + values.length);
        }
        return new Points(values, count, width);
    }

    /** Number of points, N. */
    public int count() {
        return count;
    }

    /** Coordinates of each point, D. */
    public int width() {
        return width;
    }

    /** Coordinate {@code column} of point {@code row}. */
    public float get(int row, int column) {
        return values[row * width + column];
    }

    /** The points of these rows, copied. */
    public Points rows(int[] chosen) {
        float[] out = new float[Math.multiplyExact(chosen.length, width)];
        for (int i = 0; i < chosen.length; i++) System.arraycopy(values, chosen[i] * width, out, i * width, width);
        return of(out, chosen.length, width);
    }

    /** The first {@code columns} coordinates of each point, copied. */
    public Points leading(int columns) {
        float[] out = new float[Math.multiplyExact(count, columns)];
        for (int i = 0; i < count; i++) System.arraycopy(values, i * width, out, i * columns, columns);
        return of(out, count, columns);
    }

    /** Each point's coordinates, then those of the same row of {@code others}, copied. */
    public Points beside(Points others) {
        int both = width + others.width;
        float[] out = new float[Math.multiplyExact(count, both)];
        for (int i = 0; i < count; i++) {
            System.arraycopy(values, i * width, out, i * both, width);
            System.arraycopy(others.values, i * others.width, out, i * both + width, others.width);
        }
        return of(out, count, both);
    }

    /** A copy of all coordinates, (N, D) row-major. */
    public float[] toArray() {
        return values.clone();
    }

    /**
     * Returns these points if every coordinate is finite.
     *
     * @param what what the points are, for the message, such as {@code "t-SNE input"}
     * @throws DuetException naming the first row and column that holds NaN or an infinity
     */
    public Points requireFinite(String what) {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new DuetException(what + ": expected finite coordinates, got " + values[i] + " in row "
                        + i / width + ", column " + i % width + " of " + count + "×" + width
                        + "; check the run for a diverged loss");
            }
        }
        return this;
    }
}
