package dev.duet.backend.cuda;

import dev.duet.DuetException;
import dev.duet.backend.Readback;
import dev.duet.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.List;
import jcuda.driver.JCudaDriver;

/** A ring of page-locked copies, each with an event that says when it is there. */
final class CudaReadback implements Readback {
    private final CudaStream stream;
    private final List<CudaTensor> tensors;
    private final int[] offsets; // of each tensor in a slot, bytes
    private final PinnedRing ring;
    private final Raw[][] targets; // (room, tensor)
    private final Raw.Device[] sources;
    private int oldest;
    private int pending;

    CudaReadback(CudaContext context, List<Tensor> tensors, int room) {
        if (room < 1) throw new DuetException("readback: expected room for at least 1 request, got " + room);
        stream = context.stream();
        this.tensors = tensors.stream().map(CudaTensor::of).toList();
        offsets = new int[tensors.size()];
        int bytes = 0;
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = bytes;
            bytes = Math.addExact(bytes, Math.toIntExact((this.tensors.get(i).bytes() + 7) / 8 * 8));
        }
        ring = new PinnedRing(context, "pinned memory for results", room, bytes);
        sources = this.tensors.stream().map(t -> new Raw.Device(t.address())).toArray(Raw.Device[]::new);
        targets = new Raw[room][offsets.length];
        for (int slot = 0; slot < room; slot++)
            for (int i = 0; i < offsets.length; i++) targets[slot][i] = ring.address(slot, offsets[i]);
    }

    @Override
    public void request() {
        if (pending == ring.count()) {
            throw new DuetException("readback: all " + pending + " requests are pending; take the oldest first");
        }
        stream.begin("reading results back");
        stream.requireRunning();
        int slot = (oldest + pending) % ring.count();
        for (int i = 0; i < offsets.length; i++) {
            int code = JCudaDriver.cuMemcpyDtoHAsync(
                    targets[slot][i], sources[i], tensors.get(i).bytes(), stream.handle());
            stream.check(code, "cuMemcpyDtoHAsync");
        }
        ring.mark(slot);
        pending++;
    }

    @Override
    public int pending() {
        return pending;
    }

    @Override
    public void take(float[][] values) {
        if (pending == 0) throw new DuetException("readback: nothing was requested");
        stream.begin("waiting for results");
        stream.requireRunning();
        ByteBuffer slot = ring.await(oldest);
        for (int i = 0; i < offsets.length; i++) tensors.get(i).decode(slot, offsets[i], values[i]);
        oldest = (oldest + 1) % ring.count();
        pending--;
    }
}
