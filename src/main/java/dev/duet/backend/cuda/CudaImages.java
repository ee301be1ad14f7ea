package dev.duet.backend.cuda;

import dev.duet.DuetException;
import dev.duet.backend.Images;
import dev.duet.tensor.Shape;
import java.nio.ByteBuffer;

/**
 * A data set in device memory, uint8 NHWC.
 *
 * @param shape (N, C, H, W)
 * @param address of the first pixel
 */
record CudaImages(Shape shape, long address) implements Images {
    /** @throws DuetException unless {@code pixels} is a direct buffer of as many bytes as {@code shape} (N, C, H, W) */
    static void check(ByteBuffer pixels, Shape shape) {
        if (pixels.isDirect() && pixels.remaining() == shape.size()) return;
        throw new DuetException("images " + shape + ": expected a direct buffer of " + shape.size() + " bytes, got "
                + (pixels.isDirect() ? "one" : "a heap buffer") + " of " + pixels.remaining());
    }
}
