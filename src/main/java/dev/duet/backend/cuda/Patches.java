package dev.duet.backend.cuda;

/** The fine side of a convolution as a matrix (positions of the coarse side, k k C), for few channels. */
final class Patches {
    /** Values that a thread writes at a time. */
    private static final int AT_ONCE = 4;

    private static final int MAX_BLOCKS = 1024;

    private Patches() {}

    /** Rows. */
    static int positions(ConvolutionShape shape) {
        return Math.toIntExact((long) shape.images() * shape.coarseHeight() * shape.coarseWidth());
    }

    /** Columns. */
    static int length(ConvolutionShape shape) {
        return shape.kernel() * shape.kernel() * shape.fineChannels();
    }

    static long size(ConvolutionShape shape) {
        return (long) positions(shape) * length(shape);
    }

    /**
     * Makes {@code patches}, one launch.
     *
     * @param images address of the fine side, of {@code type}
     */
    static Launch launch(
            CudaContext context, ConvolutionShape shape, CudaTensor.Type type, long images, Operand patches) {
        String cast = type == patches.type() ? "" : type.suffix + "_";
        Kernel kernel = context.kernels().kernel("im2col_" + cast + patches.type().suffix);
        int grid = Launch.blocks(size(shape) / AT_ONCE + 1, MAX_BLOCKS);
        return new Launch(context, kernel, grid, Launch.THREADS)
                .pointer(0, images)
                .pointer(1, patches.pointer().address())
                .i32(2, shape.images())
                .i32(3, shape.fineHeight())
                .i32(4, shape.fineWidth())
                .i32(5, shape.fineChannels())
                .i32(6, shape.coarseHeight())
                .i32(7, shape.coarseWidth())
                .i32(8, shape.kernel())
                .i32(9, shape.stride())
                .i32(10, shape.padding());
    }
}
