package dev.duet.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The extents of a tensor, outermost first: (B, C, H, W) for images whatever a backend's own layout, (B, F) for rows. */
public final class Shape {
    private final int[] extents;

    private Shape(int[] extents) {
        this.extents = extents;
    }

    /** @throws IllegalArgumentException if an extent is negative */
    public static Shape of(int... extents) {
        for (int extent : extents) {
            if (extent < 0) throw new IllegalArgumentException("negative extent in " + Arrays.toString(extents));
        }
        return new Shape(extents.clone());
    }

    public int rank() {
        return extents.length;
    }

    /** Extent of axis {@code axis}, 0 being the outermost. */
    public int get(int axis) {
        return extents[axis];
    }

    /** Number of elements. */
    public int size() {
        int size = 1;
        for (int extent : extents) size = Math.multiplyExact(size, extent);
        return size;
    }

    /** {@code rows} of this shape: (C, H, W) becomes (rows, C, H, W). */
    public Shape batched(int rows) {
        int[] batched = new int[extents.length + 1];
        batched[0] = rows;
        System.arraycopy(extents, 0, batched, 1, extents.length);
        return new Shape(batched);
    }

    /** The same shape with another outermost extent, e.g. another batch. */
    public Shape withOuter(int outer) {
        int[] copy = extents.clone();
        copy[0] = outer;
        return new Shape(copy);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(extents, shape.extents);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(extents);
    }

    @Override
    public String toString() {
        return Arrays.stream(extents).mapToObj(Integer::toString).collect(Collectors.joining(",", "(", ")"));
    }
}
