package dev.duet.backend.cuda;

import dev.duet.DuetException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;

/**
 * A kernel with its geometry and arguments in native memory, so that launching it allocates nothing: eight bytes per argument,
 * then the table of their addresses that the driver wants.
 */
final class Launch {
    /** Threads per block where nothing else is better: the most that the kernels allow. */
    static final int THREADS = 256;

    /** Threads that run together. */
    static final int WARP = 32;

    private static final int SLOT = Long.BYTES;

    private final CudaStream stream;
    private final Kernel kernel;
    private final int gridX;
    private final int gridY;
    private final int block;
    private final int shared;
    private final BytePointer memory; // keeps the arguments
    private final ByteBuffer slots;
    private final Raw table;
    private int unset;
    private final boolean[] set;

    /**
     * @param grid blocks
     * @param block threads per block
     */
    Launch(CudaContext context, Kernel kernel, int grid, int block) {
        this(context, kernel, grid, 1, block, 0);
    }

    /**
     * @param gridX blocks in a row of the grid
     * @param gridY rows of the grid
     * @param block threads per block
     * @param shared bytes of dynamic shared memory per block
     */
    Launch(CudaContext context, Kernel kernel, int gridX, int gridY, int block, int shared) {
        stream = context.stream();
        this.kernel = kernel;
        this.gridX = gridX;
        this.gridY = gridY;
        this.block = block;
        this.shared = shared;
        int count = kernel.parameterBytes().size();
        memory = new BytePointer(Math.max(1, 2L * SLOT * count));
        slots = memory.asByteBuffer().order(ByteOrder.nativeOrder());
        table = new Raw(memory.address() + (long) SLOT * count);
        for (int i = 0; i < count; i++) slots.putLong(SLOT * (count + i), memory.address() + (long) SLOT * i);
        set = new boolean[count];
        unset = count;
    }

    /** Argument {@code index}, an address in device memory or 0. */
    Launch pointer(int index, long address) {
        slots.putLong(offset(index, Long.BYTES, "a pointer"), address);
        return this;
    }

    /** Argument {@code index}, 64 bits. */
    Launch i64(int index, long value) {
        slots.putLong(offset(index, Long.BYTES, "a long"), value);
        return this;
    }

    /** Argument {@code index}, 32 bits. */
    Launch i32(int index, int value) {
        slots.putInt(offset(index, Integer.BYTES, "an int"), value);
        return this;
    }

    /** Argument {@code index}, single precision. */
    Launch f32(int index, float value) {
        slots.putFloat(offset(index, Float.BYTES, "a float"), value);
        return this;
    }

    /** Argument {@code index}, double precision. */
    Launch f64(int index, double value) {
        slots.putDouble(offset(index, Double.BYTES, "a double"), value);
        return this;
    }

    private int offset(int index, int bytes, String what) {
        int count = set.length;
        if (index >= count) {
            throw new DuetException("kernel " + kernel.name() + ": expected " + count
                    + " arguments, as its PTX says, got one more; build Duet and its kernels again");
        }
        int expected = kernel.parameterBytes().get(index);
        if (bytes != expected) {
            throw new DuetException("kernel " + kernel.name() + ", argument " + index + ": expected " + expected
                    + " bytes, as its PTX says, got " + what + " of " + bytes + "; build Duet and its kernels again");
        }
        if (!set[index]) unset--;
        set[index] = true;
        return SLOT * index;
    }

    /** Blocks for {@code threads} threads of 256 per block, but at most {@code most}: kernels go on in strides of the grid. */
    static int blocks(long threads, int most) {
        return (int) Math.max(1, Math.min(most, (threads + THREADS - 1) / THREADS));
    }

    /** Gives the kernel to the stream. */
    void run() {
        if (unset > 0) {
            throw new DuetException("kernel " + kernel.name() + ": expected " + set.length
                    + " arguments, as its PTX says, got " + (set.length - unset)
                    + "; build Duet and its kernels again");
        }
        stream.launch(kernel.function(), kernel.name(), gridX, gridY, block, shared, table);
    }
}
