package dev.duet.backend.cpu;

import java.util.Arrays;

/** A growing int array, for plans. */
final class IntWriter {
    private int[] ints = new int[256];
    private int size;

    void add(int... values) {
        if (size + values.length > ints.length) ints = Arrays.copyOf(ints, 2 * (size + values.length));
        System.arraycopy(values, 0, ints, size, values.length);
        size += values.length;
    }

    int[] toArray() {
        return Arrays.copyOf(ints, size);
    }
}
