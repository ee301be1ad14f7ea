package dev.duet.backend.cpu;

import dev.duet.tensor.Shape;
import java.util.Locale;

/** How the elements of a tensor lie in memory. */
enum ElementType {
    FLOAT32(CpuKernels.FLOAT32, Float.BYTES),
    BFLOAT16(CpuKernels.BFLOAT16, Short.BYTES);

    /** Channels from which on an image is large enough for bfloat16 to pay. */
    private static final int MIN_CHANNELS = 8;

    final int code;

    /** Of one element. */
    final int bytes;

    ElementType(int code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }

    /** For messages. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Of a tensor of a backend that computes in bfloat16: only hidden images are that. Their channels must be even, as products
     * take pairs of them.
     */
    static ElementType ofActivation(Shape shape) {
        boolean hidden = shape.rank() == 4 && shape.get(1) >= MIN_CHANNELS && shape.get(1) % 2 == 0;
        return hidden ? BFLOAT16 : FLOAT32;
    }
}
