package dev.duet.backend.cuda;

/**
 * A tensor as products see it: in bfloat16 if they compute in that, else as it is; or as another op wants it. A tensor of the
 * other type gets a copy beside it and a cast between them.
 */
final class Operand {
    /** Elements that a thread of the cast kernels takes at a time. */
    private static final int CAST_AT_ONCE = 8;

    private static final int MAX_BLOCKS = 1024;

    private final CudaTensor.Type type;
    private final Raw.Device pointer;
    private final Launch cast; // null where the tensor itself is the operand

    private Operand(CudaTensor.Type type, long address, Launch cast) {
        this.type = type;
        pointer = new Raw.Device(address);
        this.cast = cast;
    }

    /** {@code tensor} for reading, after {@link #cast}. */
    static Operand read(CudaContext context, CudaTensor tensor) {
        return read(context, tensor, typeOf(context));
    }

    /** {@link #read} as {@code type}, for an op whose tensors must be of one. */
    static Operand read(CudaContext context, CudaTensor tensor, CudaTensor.Type type) {
        if (tensor.type() == type) return new Operand(type, tensor.address(), null);
        long copy = copy(context, tensor, type);
        return new Operand(type, copy, cast(context, tensor.type(), tensor.address(), type, copy, tensor));
    }

    /** {@code tensor} for writing, before {@link #cast}. */
    static Operand written(CudaContext context, CudaTensor tensor) {
        return written(context, tensor, typeOf(context));
    }

    /** {@link #written} as {@code type}. */
    static Operand written(CudaContext context, CudaTensor tensor, CudaTensor.Type type) {
        if (tensor.type() == type) return new Operand(type, tensor.address(), null);
        long copy = copy(context, tensor, type);
        return new Operand(type, copy, cast(context, type, copy, tensor.type(), tensor.address(), tensor));
    }

    /** A weight: in bfloat16 the copy that the parameters keep. */
    static Operand weight(CudaContext context, CudaTensor weight) {
        CudaTensor.Type type = typeOf(context);
        return new Operand(type, type == CudaTensor.Type.BF16 ? weight.copy() : weight.address(), null);
    }

    /** Memory of {@code count} elements for what goes from one product to another. */
    static Operand scratch(CudaContext context, String what, long count) {
        CudaTensor.Type type = typeOf(context);
        return new Operand(type, context.memory().allocate(what, count * type.bytes), null);
    }

    /** {@code tensor} in its own type, for a product that takes either. */
    static Operand plain(CudaTensor tensor) {
        return new Operand(tensor.type(), tensor.address(), null);
    }

    private static CudaTensor.Type typeOf(CudaContext context) {
        return context.options().precision() == CudaOptions.Precision.BF16 ? CudaTensor.Type.BF16 : CudaTensor.Type.F32;
    }

    private static long copy(CudaContext context, CudaTensor tensor, CudaTensor.Type type) {
        return context.memory()
                .allocate(
                        "copy in " + type.suffix + " of tensor " + tensor,
                        (long) tensor.shape().size() * type.bytes);
    }

    private static Launch cast(
            CudaContext context,
            CudaTensor.Type from,
            long source,
            CudaTensor.Type to,
            long target,
            CudaTensor tensor) {
        Kernel kernel = context.kernels().kernel("cast_" + from.suffix + "_" + to.suffix);
        long count = tensor.shape().size();
        return new Launch(context, kernel, Launch.blocks(count / CAST_AT_ONCE + 1, MAX_BLOCKS), Launch.THREADS)
                .pointer(0, source)
                .pointer(1, target)
                .i64(2, count);
    }

    CudaTensor.Type type() {
        return type;
    }

    /** {@link #pointer} as a number. */
    long address() {
        return pointer.address();
    }

    /** Where the product reads or writes. */
    Raw.Device pointer() {
        return pointer;
    }

    /** Launches the cast, if there is one. */
    void cast() {
        if (cast != null) cast.run();
    }
}
