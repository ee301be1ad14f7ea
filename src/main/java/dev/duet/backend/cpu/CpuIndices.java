package dev.duet.backend.cpu;

import dev.duet.DuetException;
import dev.duet.backend.Indices;
import java.nio.IntBuffer;

/** Indices in native memory, read by kernels and checked before each use, so that a wrong one never leaves its array. */
final class CpuIndices implements Indices {
    private final CpuMemory memory;
    private final IntBuffer values;
    private final long address;

    CpuIndices(CpuMemory memory, int capacity) {
        this.memory = memory;
        values = memory.allocate("indices", (long) capacity * Integer.BYTES).asIntBuffer();
        address = CpuKernels.addressOf(values);
    }

    @Override
    public int capacity() {
        return values.capacity();
    }

    @Override
    public void write(int[] source, int from, int count) {
        if (count > capacity()) {
            throw new DuetException("indices: expected at most " + capacity() + " values, got " + count);
        }
        memory.checkOpen("indices");
        values.put(0, source, from, count);
    }

    long address(int row) {
        return address + (long) row * Integer.BYTES;
    }

    void checkRows(int firstRow, int rows) {
        if (firstRow < 0 || firstRow + rows > capacity()) {
            throw new DuetException("indices of rows " + firstRow + " to " + (firstRow + rows - 1)
                    + ": expected them within a capacity of " + capacity());
        }
    }

    /** Each of {@code rows} values must be from 0 to {@code limit} − 1. */
    void checkValues(int firstRow, int rows, int limit, String what) {
        for (int row = firstRow; row < firstRow + rows; row++) {
            int value = values.get(row);
            if (value < 0 || value >= limit) {
                throw new DuetException(what + " of row " + row + ": expected 0 to " + (limit - 1) + ", got " + value);
            }
        }
    }
}
