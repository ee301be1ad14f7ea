package dev.duet.backend.cpu;

import dev.duet.DuetException;
import dev.duet.tensor.Tensor;

/** The answer to backward on an op made for inference, whose kernels would write to memory that is not there. */
final class NoGradient {
    private NoGradient() {}

    /** @throws DuetException naming {@code op} and {@code tensor}, the one it is known by, unless {@code trained} */
    static void check(boolean trained, String op, Tensor tensor) {
        if (trained) return;
        throw new DuetException("backward of the " + op + " at tensor '" + tensor.name()
                + "': expected an op made with gradients and a target, got one made for inference; make its variables with"
                + " gradients to train it");
    }
}
