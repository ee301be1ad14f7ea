package dev.duet.backend.cuda;

/** One of a convolution's three products, with its algorithm, overwriting its result. */
final class ConvolutionProduct {
    private final CudaContext context;
    private final String where;
    private final Direction direction;
    private final ConvolutionDescriptors descriptors;
    private final ConvolutionPointers pointers;
    private final Algorithms.Choice choice;

    /** @param op for messages */
    ConvolutionProduct(
            CudaContext context, String op, Direction direction, ConvolutionShape shape, ConvolutionPointers pointers) {
        this.context = context;
        where = "op '" + op + "', " + shape;
        this.direction = direction;
        this.pointers = pointers;
        descriptors = new ConvolutionDescriptors(context, where, shape);
        choice = context.algorithms().choose(new Algorithms.Product(where, direction, shape, descriptors, pointers));
        context.workspace().reserve(where, choice.bytes());
    }

    /** Gives the product to the stream. */
    void run() {
        Workspace workspace = context.lanes().workspace(where, choice.bytes());
        int status = direction.run(
                context.cudnn(), descriptors, pointers, choice.algorithm(), workspace.pointer(), workspace.bytes());
        if (status != Cuda.SUCCESS) Cuda.checkCudnn(status, direction.call, where());
    }

    private String where() {
        return where + ", algorithm " + choice.algorithm() + ", workspace of "
                + Cuda.bytes(context.workspace().bytes()) + " where it needs " + Cuda.bytes(choice.bytes());
    }
}
