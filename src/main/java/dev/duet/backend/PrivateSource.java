package dev.duet.backend;

/**
 * Where the private code of a block comes from. The order is that of {@code PrivateSource} in kernels/math/latent_plan.h.
 */
public enum PrivateSource {
    /** q(w_t|x_t) of the row itself. */
    POSTERIOR,
    /** N(0, I). */
    PRIOR,
    /**
     * q(w_t|x_t) of the neighbouring row, as a constant: rows 2i and 2i + 1 of a shard take each other's, a last row without a
     * neighbour its own.
     */
    SWAPPED
}
