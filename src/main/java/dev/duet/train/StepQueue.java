package dev.duet.train;

import dev.duet.backend.StepScalars;
import java.util.stream.Stream;

/** The steps that the device was given and whose terms are not taken yet, oldest first; a ring that allocates nothing. */
final class StepQueue {
    /** One step, as it was given. */
    static final class Entry {
        BatchPlan plan;
        int rows; // pairs of the batch
        final StepScalars scalars = new StepScalars(); // its own: the backend's are the newest step's by now
        long began; // System.nanoTime()
    }

    private final Entry[] ring;
    private int oldest;
    private int size;

    StepQueue(int room) {
        ring = Stream.generate(Entry::new).limit(room).toArray(Entry[]::new);
    }

    int size() {
        return size;
    }

    boolean isFull() {
        return size == ring.length;
    }

    /** The next free entry, to be filled in; there must be room. */
    Entry add() {
        return ring[(oldest + size++) % ring.length];
    }

    /** Takes the oldest entry out; what it holds stays until the ring comes round to it. */
    Entry remove() {
        Entry entry = ring[oldest];
        oldest = (oldest + 1) % ring.length;
        size--;
        return entry;
    }
}
