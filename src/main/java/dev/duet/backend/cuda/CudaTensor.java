package dev.duet.backend.cuda;

import dev.duet.DuetException;
import dev.duet.backend.Bfloat16;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.function.IntUnaryOperator;

/**
 * A tensor in device memory. Images are NHWC; everything else but parameters is in canonical order.
 *
 * @param name for messages and profiles
 * @param shape canonical
 * @param address in device memory
 * @param type of the stored elements
 * @param memoryIndex where an element of canonical order lies
 * @param copy address of a bfloat16 copy in the same order, for the parameters of a backend that multiplies in bfloat16; else 0
 */
record CudaTensor(String name, Shape shape, long address, Type type, IntUnaryOperator memoryIndex, long copy)
        implements Tensor {
    enum Type {
        F32(4, "f32"),
        BF16(2, "bf16");

        final int bytes;

        /** Ending of the names of kernels that read or write this type. */
        final String suffix;

        Type(int bytes, String suffix) {
            this.bytes = bytes;
            this.suffix = suffix;
        }
    }

    /** @throws DuetException if another backend made it */
    static CudaTensor of(Tensor tensor) {
        if (tensor instanceof CudaTensor cuda) return cuda;
        throw new DuetException(
                "tensor '" + tensor.name() + "' is not of the CUDA backend; make it with the same backend");
    }

    /** 0 for {@code null}, which kernels take for absent. */
    static long addressOf(Tensor tensor) {
        return tensor == null ? 0 : of(tensor).address;
    }

    /** {@link #of} a tensor that a kernel reads or writes as float32. */
    static CudaTensor float32(Tensor tensor) {
        CudaTensor cuda = of(tensor);
        if (cuda.type == Type.F32) return cuda;
        throw new DuetException("tensor '" + tensor.name() + "' " + tensor.shape()
                + ": expected float32, got bfloat16; make it with Backend.tensor");
    }

    @Override
    public long bytes() {
        return (long) shape.size() * type.bytes;
    }

    /** Copies {@code canonical} to {@code memory} in this tensor's order and type. */
    void encode(float[] canonical, ByteBuffer memory) {
        checkLength(canonical);
        for (int i = 0; i < canonical.length; i++) {
            int at = memoryIndex.applyAsInt(i) * type.bytes;
            if (type == Type.F32) memory.putFloat(at, canonical[i]);
            else memory.putShort(at, Bfloat16.of(canonical[i]));
        }
    }

    /** Copies {@code memory}, from {@code start} on, to {@code canonical}. */
    void decode(ByteBuffer memory, int start, float[] canonical) {
        checkLength(canonical);
        for (int i = 0; i < canonical.length; i++) {
            int at = start + memoryIndex.applyAsInt(i) * type.bytes;
            canonical[i] = type == Type.F32 ? memory.getFloat(at) : Bfloat16.toFloat(memory.getShort(at));
        }
    }

    private void checkLength(float[] canonical) {
        if (canonical.length != shape.size()) {
            throw new DuetException("tensor '" + name + "' " + shape + ": expected " + shape.size() + " values, got "
                    + canonical.length);
        }
    }

    @Override
    public String toString() {
        return "'" + name + "' " + shape;
    }
}
