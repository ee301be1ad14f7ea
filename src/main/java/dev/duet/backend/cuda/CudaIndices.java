package dev.duet.backend.cuda;

import dev.duet.DuetException;
import dev.duet.backend.Indices;
import java.nio.ByteBuffer;

/** Indices in device memory with a copy on the host, where they are checked before each use. */
final class CudaIndices implements Indices {
    /** More than the steps that the host runs ahead. */
    private static final int SLOTS = 2 * CudaBackend.STEPS_IN_FLIGHT;

    private final CudaStream stream;
    private final int[] values;
    private final PinnedRing ring;
    private final Raw.Device device;
    private int slot;

    CudaIndices(CudaContext context, int capacity) {
        stream = context.stream();
        values = new int[capacity];
        int bytes = Math.multiplyExact(capacity, Integer.BYTES);
        ring = new PinnedRing(context, "pinned memory for indices", SLOTS, bytes);
        device = new Raw.Device(context.memory().allocate("indices", bytes));
    }

    @Override
    public int capacity() {
        return values.length;
    }

    @Override
    public void write(int[] source, int from, int count) {
        if (count > capacity()) {
            throw new DuetException("indices: expected at most " + capacity() + " values, got " + count);
        }
        stream.begin("writing indices");
        stream.requireRunning();
        System.arraycopy(source, from, values, 0, count);
        ByteBuffer host = ring.await(slot);
        for (int i = 0; i < count; i++)
            host.putInt(i * Integer.BYTES, source[from + i]); // a view as ints would be garbage
        ring.upload(slot, device, (long) count * Integer.BYTES);
        slot = (slot + 1) % SLOTS;
    }

    /** Of the index of row {@code row}. */
    long address(int row) {
        return device.address() + (long) row * Integer.BYTES;
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
            if (values[row] < 0 || values[row] >= limit) {
                throw new DuetException(
                        what + " of row " + row + ": expected 0 to " + (limit - 1) + ", got " + values[row]);
            }
        }
    }
}
