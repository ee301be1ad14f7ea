package dev.duet.backend;

/** A small int32 vector on the device, written by the host before a step: which images a batch holds, or its labels. */
public interface Indices {
    int capacity();

    /** Copies {@code count} values from {@code values[from]} on to the front. */
    void write(int[] values, int from, int count);
}
