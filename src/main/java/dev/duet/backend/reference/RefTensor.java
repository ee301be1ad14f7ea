package dev.duet.backend.reference;

import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import java.util.Arrays;

/** A view of {@code shape.size()} doubles from {@code offset} on, row-major in canonical order. */
record RefTensor(String name, Shape shape, double[] data, int offset) implements Tensor {
    @Override
    public long bytes() {
        return (long) Double.BYTES * shape.size();
    }

    double get(int i) {
        return data[offset + i];
    }

    void set(int i, double value) {
        data[offset + i] = value;
    }

    void add(int i, double value) {
        data[offset + i] += value;
    }

    void fill(double value) {
        fill(value, shape.size());
    }

    /** Sets the first {@code count} elements. */
    void fill(double value, int count) {
        Arrays.fill(data, offset, offset + count, value);
    }

    static RefTensor of(Tensor tensor) {
        return (RefTensor) tensor;
    }

    /** {@code null} for {@code null}: variables without a gradient. */
    static RefTensor orNull(Tensor tensor) {
        return (RefTensor) tensor;
    }
}
