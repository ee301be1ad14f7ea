package dev.duet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.Test;

class CpuMemoryTest {
    /** A machine that has no memory left for the large slab, but some in the slab before. */
    @Test
    void aRefusedBlockLeavesTheLastSlabUsable() {
        long large = 32L << 20;
        try (CpuMemory memory = new CpuMemory(bytes -> bytes >= large ? 0 : CpuKernels.allocate(bytes))) {
            long first = CpuKernels.addressOf(memory.allocate("first", 100));
            assertThatThrownBy(() -> memory.allocate("large", large))
                    .isInstanceOf(DuetException.class)
                    .hasMessage("large: expected 33554432 bytes of memory beside 192 already in use by the CPU backend,"
                            + " got none; try a smaller batch or narrower layers");
            ByteBuffer next = memory.allocate("next", 4);
            assertThat(CpuKernels.addressOf(next)).isEqualTo(first + 192);
            assertThat(next.getInt(0)).isZero();
        }
    }

    @Test
    void noticesEachByteWrittenBeyondAnEnd() {
        for (long size : new long[] {1, 63, 64, 100, 130}) {
            for (long at : new long[] {size - 1, size, size + 1, (size + 127) / 64 * 64 - 1}) {
                try (CpuMemory memory = new CpuMemory()) {
                    ByteBuffer block = memory.allocate("block", size);
                    BytePointer bytes = new Bytes(CpuKernels.addressOf(block), (size + 127) / 64 * 64);
                    bytes.put(at, (byte) 1);
                    assertThat(memory.endsUntouched())
                            .as("byte %d of a block of %d", at, size)
                            .isEqualTo(at < size);
                    bytes.put(at, (byte) 0);
                }
            }
        }
    }

    /** A view of foreign memory. */
    private static final class Bytes extends BytePointer {
        Bytes(long address, long size) {
            super((BytePointer) null);
            this.address = address;
            this.limit = size;
            this.capacity = size;
        }
    }

    @Test
    void aClosedMemoryGivesNothing() {
        CpuMemory memory = new CpuMemory();
        memory.close();
        assertThatThrownBy(() -> memory.allocate("tensor 'x' (2)", 8))
                .isInstanceOf(DuetException.class)
                .hasMessage("tensor 'x' (2): its CPU backend is already closed");
    }
}
