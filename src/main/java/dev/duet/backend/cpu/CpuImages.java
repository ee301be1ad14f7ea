package dev.duet.backend.cpu;

import dev.duet.DuetException;
import dev.duet.backend.Images;
import dev.duet.tensor.Shape;
import java.nio.ByteBuffer;

/** Borrows a direct buffer of uint8 (N, H, W, C) and keeps it reachable. */
final class CpuImages implements Images {
    private final ByteBuffer pixels;
    private final Shape shape;
    private final long address;

    /** @param shape (N, C, H, W) */
    CpuImages(ByteBuffer pixels, Shape shape) {
        if (!pixels.isDirect() || pixels.remaining() != shape.size()) {
            throw new DuetException("images " + shape + ": expected a direct buffer of " + shape.size() + " bytes, got "
                    + (pixels.isDirect() ? "one" : "a heap buffer") + " of " + pixels.remaining());
        }
        this.pixels = pixels.slice();
        this.shape = shape;
        address = CpuKernels.addressOf(this.pixels);
    }

    @Override
    public Shape shape() {
        return shape;
    }

    long address() {
        return address;
    }
}
