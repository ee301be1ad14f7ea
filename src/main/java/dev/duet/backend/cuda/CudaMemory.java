package dev.duet.backend.cuda;

import dev.duet.DuetException;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.JCudaDriver;

/**
 * Device memory of one lifetime: zeroed slices of large chunks, at multiples of 256 bytes, freed together. Where tools are to
 * see the bounds of tensors, each slice is an allocation of its own.
 */
final class CudaMemory {
    private static final System.Logger LOG = System.getLogger(CudaMemory.class.getName());
    private static final long ALIGNMENT = 256;

    /** What drivers give out at least; later chunks double what is held. */
    private static final long FIRST_CHUNK_BYTES = 2L << 20;

    private final String name;
    private final CudaStream stream;
    private final long chunkBytes;
    private final List<Raw.Device> chunks = new ArrayList<>();
    private long next;
    private long left;
    private long used;
    private long held;

    /**
     * @param name of the lifetime, e.g. {@code parameters}
     * @param chunkBytes taken from the driver at a time, at most; 0 for an allocation per slice
     */
    CudaMemory(String name, CudaStream stream, long chunkBytes) {
        this.name = name;
        this.stream = stream;
        this.chunkBytes = chunkBytes;
    }

    /** The device address of {@code bytes} zeroed bytes; {@code what} names them in messages. */
    long allocate(String what, long bytes) {
        stream.checkOpen(what);
        if (stream.recording() != null) {
            throw new DuetException("recording " + stream.recording().name() + ": op '" + stream.op() + "' allocates "
                    + what + ", which a program must not; make all tensors before the first step");
        }
        long padded = (Math.max(bytes, 1) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        used += bytes;
        if (chunkBytes == 0) return chunk(what, Math.max(bytes, 1));
        if (padded > left) startChunk(what, padded);
        long address = next;
        next += padded;
        left -= padded;
        return address;
    }

    private void startChunk(String what, long atLeast) {
        long size = Math.max(atLeast, Math.min(chunkBytes, Math.max(FIRST_CHUNK_BYTES, held)));
        try {
            next = chunk(what, size);
        } catch (CudaFailure e) {
            if (e.code() != Cuda.OUT_OF_MEMORY || size == atLeast) throw e;
            size = atLeast; // what is left may still hold this slice alone
            next = chunk(what, size);
        }
        left = size;
    }

    /** The address of {@code size} zeroed bytes from the driver. */
    private long chunk(String what, long size) {
        Raw.Device chunk = new Raw.Device();
        int code = JCudaDriver.cuMemAlloc(chunk, size);
        if (code == Cuda.OUT_OF_MEMORY) throw outOfMemory(what, size);
        Cuda.check(code, "cuMemAlloc", what + " of " + Cuda.bytes(size));
        chunks.add(chunk);
        held += size;
        stream.countHeld(size);
        LOG.log(System.Logger.Level.DEBUG, () -> "GPU memory of " + name + " grows to " + Cuda.bytes(held));
        stream.begin("zeroing " + what);
        stream.zero(chunk.address(), size);
        if (stream.branching()) stream.synchronize(); // another branch may take the next slice
        return chunk.address();
    }

    private CudaFailure outOfMemory(String what, long size) {
        return new CudaFailure(
                Cuda.describe(Cuda.OUT_OF_MEMORY, "cuMemAlloc", what) + ": expected room for " + Cuda.bytes(size)
                        + " beside " + Cuda.bytes(held) + " of " + name + ", got " + Cuda.freeMemory()
                        + "; try a smaller batch, or end other programs that use this GPU",
                Cuda.OUT_OF_MEMORY);
    }

    /** Bytes asked for so far. */
    long used() {
        return used;
    }

    /** Frees all of it; the stream must be idle. */
    void free() {
        LOG.log(
                System.Logger.Level.DEBUG,
                () -> "GPU memory of " + name + ": " + Cuda.bytes(used) + " used of " + Cuda.bytes(held) + " held");
        chunks.forEach(JCudaDriver::cuMemFree);
        chunks.clear();
        left = 0;
    }
}
