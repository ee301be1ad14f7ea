package dev.duet.backend.cpu;

import dev.duet.DuetException;
import dev.duet.backend.Bfloat16;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.function.IntUnaryOperator;

/** Memory of one element type in an order of its own. The backend owns the memory. */
final class CpuTensor implements Tensor {
    private final String name;
    private final Shape shape;
    private final ElementType type;
    private final FloatBuffer floats; // null for bfloat16
    private final ShortBuffer bfloats; // null for float32
    private final IntUnaryOperator memoryIndex;
    private final long address;

    /** The op that writes this tensor with an activation, if a layer does; its consumer may do part of its backward. */
    LayerOp producer;

    /** Where this tensor is a parameter's value: its buffer; else {@code null}. */
    CpuParameters parameters;

    /** Where this tensor is a gradient of weights that is summed only when somebody needs it: what it sums up; else {@code null}. */
    WeightProducts products;

    /**
     * In float32.
     *
     * @param memoryIndex where an element of canonical order lies in {@code floats}
     */
    CpuTensor(String name, Shape shape, FloatBuffer floats, IntUnaryOperator memoryIndex) {
        this(name, shape, ElementType.FLOAT32, floats, null, memoryIndex);
    }

    private CpuTensor(
            String name,
            Shape shape,
            ElementType type,
            FloatBuffer floats,
            ShortBuffer bfloats,
            IntUnaryOperator memoryIndex) {
        this.name = name;
        this.shape = shape;
        this.type = type;
        this.floats = floats;
        this.bfloats = bfloats;
        this.memoryIndex = memoryIndex;
        Buffer elements = type == ElementType.FLOAT32 ? floats : bfloats;
        this.address = CpuKernels.addressOf(elements);
    }

    /** An activation in {@code memory}, NHWC if it is an image. */
    static CpuTensor activation(String name, Shape shape, ElementType type, ByteBuffer memory) {
        boolean float32 = type == ElementType.FLOAT32;
        return new CpuTensor(
                name,
                shape,
                type,
                float32 ? memory.asFloatBuffer() : null,
                float32 ? null : memory.asShortBuffer(),
                i -> Layouts.activation(shape, i));
    }

    static CpuTensor of(Tensor tensor) {
        if (tensor instanceof CpuTensor cpu) return cpu;
        throw new DuetException(
                "tensor '" + tensor.name() + "' is not of the CPU backend; make it with the same backend");
    }

    /** Of elements of either type; 0 for {@code null}, which kernels take for absent. */
    static long addressOf(Tensor tensor) {
        return tensor == null ? 0 : of(tensor).address;
    }

    /** {@link #addressOf} a tensor that a kernel reads or writes as float32. */
    static long floatsOf(Tensor tensor) {
        if (tensor == null || of(tensor).type == ElementType.FLOAT32) return addressOf(tensor);
        throw new DuetException("tensor '" + tensor.name() + "' " + tensor.shape()
                + ": expected float32, got bfloat16, in which --precision bf16 keeps images of 8 or more channels, if even;"
                + " try --precision fp32 or another number of channels");
    }

    /** Type of {@code x} and {@code y}, which a kernel takes as one. */
    static int sharedType(Tensor x, Tensor y) {
        ElementType type = of(x).type;
        if (of(y).type == type) return type.code;
        throw new DuetException("tensor '" + y.name() + "' " + y.shape() + ": expected " + type.label() + " as '"
                + x.name() + "', got " + of(y).type.label() + "; give both the same rank");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public long bytes() {
        return (long) shape.size() * type.bytes;
    }

    ElementType type() {
        return type;
    }

    long address() {
        return address;
    }

    /** Makes memory hold what it stands for. */
    void sumProducts() {
        if (products == null) return;
        products.sumInto(address);
        products = null;
    }

    /** A float32 tensor in memory order. */
    FloatBuffer floats() {
        return floats;
    }

    void write(float[] canonical) {
        checkLength(canonical);
        products = null;
        for (int i = 0; i < canonical.length; i++) {
            int at = memoryIndex.applyAsInt(i);
            if (type == ElementType.FLOAT32) floats.put(at, canonical[i]);
            else bfloats.put(at, Bfloat16.of(canonical[i]));
        }
    }

    void read(float[] canonical) {
        checkLength(canonical);
        sumProducts();
        for (int i = 0; i < canonical.length; i++) {
            int at = memoryIndex.applyAsInt(i);
            canonical[i] = type == ElementType.FLOAT32 ? floats.get(at) : Bfloat16.toFloat(bfloats.get(at));
        }
    }

    private void checkLength(float[] canonical) {
        if (canonical.length != shape.size()) {
            throw new DuetException("tensor '" + name + "' " + shape + ": expected " + shape.size() + " values, got "
                    + canonical.length);
        }
    }
}
