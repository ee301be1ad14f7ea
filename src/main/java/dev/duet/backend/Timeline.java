package dev.duet.backend;

/**
 * Points in the order of a device's work, for profiles. On the CPU a mark is a reading of the clock by the thread that runs
 * a shard; on a GPU it is an event between two kernels.
 */
public interface Timeline {
    /** Sets mark number {@code mark} behind all work given to the device so far by this thread. */
    void mark(int mark);

    /** Nanoseconds from mark {@code from} to mark {@code to}, both set; waits for the device to pass them. */
    double nanos(int from, int to);

    /** Marks read off the JVM's monotonic clock. */
    static Timeline ofClock(int marks) {
        long[] times = new long[marks];
        return new Timeline() {
            @Override
            public void mark(int mark) {
                times[mark] = System.nanoTime();
            }

            @Override
            public double nanos(int from, int to) {
                return times[to] - times[from];
            }
        };
    }
}
