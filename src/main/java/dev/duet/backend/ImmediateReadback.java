package dev.duet.backend;

import dev.duet.DuetException;
import dev.duet.tensor.Tensor;
import java.util.List;

/** A ring of host copies, filled by {@link Backend#read}. */
final class ImmediateReadback implements Readback {
    private final Backend backend;
    private final List<Tensor> tensors;
    private final float[][][] ring; // (room, tensor, element)
    private int oldest;
    private int pending;

    ImmediateReadback(Backend backend, List<Tensor> tensors, int room) {
        if (room < 1) throw new DuetException("readback: expected room for at least 1 request, got " + room);
        this.backend = backend;
        this.tensors = List.copyOf(tensors);
        ring = new float[room][tensors.size()][];
        for (float[][] slot : ring)
            for (int i = 0; i < slot.length; i++)
                slot[i] = new float[tensors.get(i).shape().size()];
    }

    @Override
    public void request() {
        if (pending == ring.length) {
            throw new DuetException("readback: all " + pending + " requests are pending; take the oldest first");
        }
        float[][] slot = ring[(oldest + pending) % ring.length];
        for (int i = 0; i < slot.length; i++) backend.read(tensors.get(i), slot[i]);
        pending++;
    }

    @Override
    public int pending() {
        return pending;
    }

    @Override
    public void take(float[][] values) {
        if (pending == 0) throw new DuetException("readback: nothing was requested");
        float[][] slot = ring[oldest];
        for (int i = 0; i < slot.length; i++) System.arraycopy(slot[i], 0, values[i], 0, slot[i].length);
        oldest = (oldest + 1) % ring.length;
        pending--;
    }
}
