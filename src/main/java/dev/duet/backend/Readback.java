package dev.duet.backend;

import dev.duet.tensor.Tensor;
import java.util.List;

/**
 * Copies of a few small tensors on their way to the host, oldest first, so that a device need not stop after each step for
 * the host to look at its terms. Made once; using it allocates nothing.
 */
public interface Readback {
    /**
     * Takes down what the tensors hold once all work so far is done, without waiting for it.
     *
     * @throws dev.duet.DuetException if as many requests are pending as there is room for
     */
    void request();

    /** Requests not yet taken. */
    int pending();

    /** Waits for the oldest pending request and copies tensor number i of it, in canonical order, into {@code values[i]}. */
    void take(float[][] values);

    /** A readback for a device that the host waits for anyway: each request copies at once. */
    static Readback immediate(Backend backend, List<Tensor> tensors, int room) {
        return new ImmediateReadback(backend, tensors, room);
    }
}
