package dev.duet.backend.cuda;

/**
 * The geometry of layer.cu over a matrix (rows, columns), NHWC images being (B H W, C).
 *
 * @param down blocks over the rows
 * @param across blocks over the columns: 1 unless there are many
 */
record MatrixGrid(long rows, int down, int across) {
    /** That a thread moves at once. */
    private static final int PACK_BYTES = 16;

    /** Threads side by side over a row at most: one tile. */
    private static final int MAX_ACROSS = 64;

    /** @param most blocks over the rows */
    static MatrixGrid of(CudaTensor matrix, int columns, int most) {
        long rows = matrix.shape().size() / columns;
        int wide = PACK_BYTES / matrix.type().bytes;
        int packs = columns % wide == 0 ? columns / wide : columns;
        int down = Launch.blocks(rows * Math.min(packs, MAX_ACROSS), most);
        return new MatrixGrid(rows, down, (packs + MAX_ACROSS - 1) / MAX_ACROSS);
    }
}
