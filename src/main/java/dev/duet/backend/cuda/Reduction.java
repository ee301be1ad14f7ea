package dev.duet.backend.cuda;

/**
 * What a kernel that sums over its blocks needs: each block's partial sums, and a count of the blocks that have left theirs, 0
 * between launches.
 *
 * @param partials address of the partial sums, float32
 * @param counter address of the count, uint32
 */
record Reduction(long partials, long counter) {
    /** @param floats partial sums of all blocks together */
    Reduction(CudaContext context, String what, long floats) {
        this(
                context.memory().allocate("partial sums of the " + what, floats * Float.BYTES),
                context.memory().allocate("counter of the " + what, Integer.BYTES));
    }
}
