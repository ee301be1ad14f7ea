package dev.duet.backend.cpu;

import dev.duet.DuetException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;

/** Owns all native memory of one backend: zeroed, at multiples of 64 bytes, released together. */
final class CpuMemory implements AutoCloseable {
    /** Kernels read whole vectors, up to 64 bytes beyond the end. */
    private static final long VECTOR_BYTES = 64;

    private final List<Long> addresses = new ArrayList<>();
    private long bytes;
    private boolean closed;

    /** A block of {@code size} bytes as a native-order buffer. */
    ByteBuffer allocate(String what, long size) {
        if (closed) throw new DuetException(what + ": its CPU backend is already closed");
        long padded = size + VECTOR_BYTES;
        long address = size > Integer.MAX_VALUE ? 0 : CpuKernels.allocate(padded);
        if (address == 0) {
            throw new DuetException(what + ": expected " + size + " bytes of memory beside " + bytes
                    + " already in use by the CPU backend, got none; try a smaller batch or narrower layers");
        }
        addresses.add(address);
        bytes += padded;
        return new Block(address, size).asByteBuffer().order(ByteOrder.nativeOrder());
    }

    /** All bytes allocated so far. */
    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        closed = true;
        addresses.forEach(CpuKernels::release);
        addresses.clear();
    }

    /** A view of foreign memory; JavaCPP neither owns nor frees it. */
    private static final class Block extends BytePointer {
        Block(long address, long size) {
            super((BytePointer) null);
            this.address = address;
            this.limit = size;
            this.capacity = size;
        }
    }
}
