package dev.duet.backend.cpu;

import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Shape;

/**
 * What a product reads. A float32 source of a matrix product that gives bfloat16 is rounded to that first: products of bfloat16
 * are twice as fast.
 */
final class ProductSource {
    private final ElementType type;
    private final long address;
    private final long rounded; // 0 where the source is read as it is
    private final int size;

    /** @param target type of the product */
    ProductSource(Plans plans, LayerSpec spec, ElementType type, long address, Shape shape, ElementType target) {
        boolean pairs = spec instanceof LayerSpec.Linear && shape.get(1) % 2 == 0;
        boolean rounds = pairs && type == ElementType.FLOAT32 && target == ElementType.BFLOAT16;
        this.type = rounds ? target : type;
        this.address = address;
        size = shape.size();
        rounded = rounds ? plans.scratch(size) : 0;
    }

    /** As the product reads it. */
    ElementType type() {
        return type;
    }

    /** Address of what the source holds now. */
    long read() {
        if (rounded == 0) return address;
        CpuKernels.narrow(address, rounded, size);
        return rounded;
    }
}
