package dev.duet.tensor;

/**
 * A tensor in its backend's memory and layout (blocked, NHWC, double …). Host code sees only its name and its canonical
 * shape (NCHW for images, row-major); {@code Backend.read} and {@code Backend.write} convert. Its backend owns the memory.
 */
public interface Tensor {
    /** For messages and profiles, e.g. {@code encoder.mnist.1.y}. */
    String name();

    /** Canonical shape. */
    Shape shape();

    /** Size of its elements in memory, without padding; 4 bytes each unless its backend keeps another type. */
    default long bytes() {
        return (long) Float.BYTES * shape().size();
    }
}
