package dev.duet.backend.cuda;

/**
 * What a kernel that sums over its blocks needs: each block's partial sums, and counts of the blocks that have left theirs, 0
 * between launches.
 *
 * @param partials address of the partial sums, float32
 * @param counter address of the counts, uint32, one after another
 */
record Reduction(long partials, long counter) {
    /** @param floats partial sums of all blocks together */
    Reduction(CudaContext context, String what, long floats) {
        this(context, what, floats, 1);
    }

    /** @param counts of blocks, where some blocks' sums are done before all are */
    Reduction(CudaContext context, String what, long floats, int counts) {
        this(
                context.memory().allocate("partial sums of the " + what, floats * Float.BYTES),
                context.memory().allocate("counters of the " + what, (long) counts * Integer.BYTES));
    }
}
