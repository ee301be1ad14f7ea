package dev.duet.backend.cpu;

import dev.duet.DuetException;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.function.IntUnaryOperator;

/** Float32 memory in an order of its own. The backend owns the memory. */
final class CpuTensor implements Tensor {
    private final String name;
    private final Shape shape;
    private final FloatBuffer floats;
    private final IntUnaryOperator memoryIndex;
    private final long address;

    /** The op that writes this tensor with an activation, if a layer does; its consumer may do part of its backward. */
    LayerOp producer;

    /** Where this tensor is a parameter's value: its buffer; else {@code null}. */
    CpuParameters parameters;

    /** Index in {@link #parameters}. */
    int parameter;

    /** @param memoryIndex where an element of canonical order lies in {@code floats} */
    CpuTensor(String name, Shape shape, FloatBuffer floats, IntUnaryOperator memoryIndex) {
        this.name = name;
        this.shape = shape;
        this.floats = floats;
        this.memoryIndex = memoryIndex;
        this.address = CpuKernels.addressOf(floats);
    }

    static CpuTensor of(Tensor tensor) {
        if (tensor instanceof CpuTensor cpu) return cpu;
        throw new DuetException(
                "tensor '" + tensor.name() + "' is not of the CPU backend; make it with the same backend");
    }

    /** 0 for {@code null}, which kernels take for absent. */
    static long addressOf(Tensor tensor) {
        return tensor == null ? 0 : of(tensor).address;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    long address() {
        return address;
    }

    /** In memory order. */
    FloatBuffer floats() {
        return floats;
    }

    void write(float[] canonical) {
        checkLength(canonical);
        for (int i = 0; i < canonical.length; i++) floats.put(memoryIndex.applyAsInt(i), canonical[i]);
    }

    void read(float[] canonical) {
        checkLength(canonical);
        for (int i = 0; i < canonical.length; i++) canonical[i] = floats.get(memoryIndex.applyAsInt(i));
    }

    private void checkLength(float[] canonical) {
        if (canonical.length != shape.size()) {
            throw new DuetException("tensor '" + name + "' " + shape + ": expected " + shape.size() + " values, got "
                    + canonical.length);
        }
    }
}
