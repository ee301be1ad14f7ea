package dev.duet.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/** Slots of page-locked host memory for copies that pass while the host goes on. A slot is used again once its copy is done. */
final class PinnedRing {
    private static final int NO_FLAGS = 0;

    private final CudaStream stream;
    private final ByteBuffer[] slots;
    private final Raw[] addresses;
    private final CUevent[] passed;
    private final boolean[] used;

    PinnedRing(CudaContext context, String what, int count, int bytes) {
        stream = context.stream();
        slots = new ByteBuffer[count];
        addresses = new Raw[count];
        passed = new CUevent[count];
        used = new boolean[count];
        Raw memory = new Raw();
        int stride = (Math.max(bytes, 1) + 63) / 64 * 64;
        int code = JCudaDriver.cuMemHostAlloc(memory, (long) stride * count, NO_FLAGS);
        Cuda.check(code, "cuMemHostAlloc", what + " of " + Cuda.bytes((long) stride * count));
        context.onClose(() -> JCudaDriver.cuMemFreeHost(memory));
        ByteBuffer all = memory.getByteBuffer().order(ByteOrder.nativeOrder());
        for (int i = 0; i < count; i++) {
            slots[i] = all.slice(i * stride, bytes).order(ByteOrder.nativeOrder());
            addresses[i] = new Raw(memory.address() + (long) i * stride);
            passed[i] = context.event(CUevent_flags.CU_EVENT_DISABLE_TIMING);
        }
    }

    int count() {
        return slots.length;
    }

    /** The host's view of slot {@code slot}, once the last copy from or to it is done. */
    ByteBuffer await(int slot) {
        if (used[slot]) stream.check(JCudaDriver.cuEventSynchronize(passed[slot]), "cuEventSynchronize");
        return slots[slot];
    }

    /** Copies the front of slot {@code slot} to the device. */
    void upload(int slot, Raw.Device target, long bytes) {
        stream.check(
                JCudaDriver.cuMemcpyHtoDAsync(target, addresses[slot], bytes, stream.handle()), "cuMemcpyHtoDAsync");
        mark(slot);
    }

    /** The address of {@code offset} in slot {@code slot}, for copies from the device; {@link #mark} follows the last one. */
    Raw address(int slot, int offset) {
        return new Raw(addresses[slot].address() + offset);
    }

    /** Says that slot {@code slot} is free once the work so far is done. */
    void mark(int slot) {
        stream.check(JCudaDriver.cuEventRecord(passed[slot], stream.handle()), "cuEventRecord");
        used[slot] = true;
    }
}
