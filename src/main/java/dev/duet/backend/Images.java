package dev.duet.backend;

import dev.duet.tensor.Shape;

/** A data set resident on the device as uint8. */
public interface Images {
    /** (N, C, H, W). */
    Shape shape();
}
