package dev.duet.backend.cuda;

import dev.duet.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;

/** The data sets in device memory: each host buffer is copied there once, however often it is asked for. */
final class ResidentImages {
    /**
     * Host memory that has been copied.
     *
     * @param pixels keeps the memory, so that its address means nothing else while it stands here
     */
    private record Copied(ByteBuffer pixels, long address) {}

    private final CudaContext context;
    private final Map<Long, Copied> copies = new HashMap<>(); // by address of the host's memory

    ResidentImages(CudaContext context) {
        this.context = context;
    }

    /** @param shape (N, C, H, W) */
    CudaImages images(ByteBuffer pixels, Shape shape) {
        CudaImages.check(pixels, shape);
        ByteBuffer host = pixels.slice();
        long key = new BytePointer(host).address();
        Copied copied = copies.get(key);
        if (copied == null || copied.pixels.capacity() < host.capacity()) {
            String what = "images " + shape;
            long address = context.imageMemory().allocate(what, host.capacity());
            context.copies().upload(what, host, address);
            copied = new Copied(host, address);
            copies.put(key, copied);
        }
        return new CudaImages(shape, copied.address);
    }
}
