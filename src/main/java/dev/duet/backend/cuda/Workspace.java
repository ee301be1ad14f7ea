package dev.duet.backend.cuda;

/**
 * The scratch memory that all convolutions of a lane use in turn, as large as the largest need so far. A larger need takes
 * a new one; the old one stays allocated, because recorded programs hold its address.
 */
final class Workspace {
    private final CudaMemory memory;
    private Raw.Device pointer = new Raw.Device(0);
    private long bytes;

    Workspace(CudaMemory memory) {
        this.memory = memory;
    }

    /** Makes it at least this large; {@code what} needs it. Not while a program is recorded. */
    void reserve(String what, long atLeast) {
        if (atLeast <= bytes) return;
        pointer = new Raw.Device(memory.allocate("workspace for " + what, atLeast));
        bytes = atLeast;
    }

    /** Where it is now: to be asked for at each run. */
    Raw.Device pointer() {
        return pointer;
    }

    long bytes() {
        return bytes;
    }
}
