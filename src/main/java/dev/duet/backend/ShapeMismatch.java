package dev.duet.backend;

import dev.duet.DuetException;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;

/** A tensor of another shape than its op needs. */
public final class ShapeMismatch extends DuetException {
    private ShapeMismatch(String message) {
        super(message);
    }

    /** @throws ShapeMismatch unless {@code tensor} has shape {@code expected} */
    public static void check(String where, Tensor tensor, Shape expected) {
        if (!tensor.shape().equals(expected)) {
            throw new ShapeMismatch(where + ", tensor '" + tensor.name() + "': expected " + expected + ", got "
                    + tensor.shape() + "; check the sizes and channels of the modalities in the config");
        }
    }
}
