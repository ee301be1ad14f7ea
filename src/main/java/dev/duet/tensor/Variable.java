package dev.duet.tensor;

/**
 * A tensor with its gradient dLoss/dvalue.
 *
 * @param value the activation or parameter
 * @param grad same shape, overwritten by each backward pass; {@code null} where no gradient is wanted (inputs, inference)
 */
public record Variable(Tensor value, Tensor grad) {
    /** A value that no gradient flows into. */
    public static Variable constant(Tensor value) {
        return new Variable(value, null);
    }

    public Shape shape() {
        return value.shape();
    }
}
