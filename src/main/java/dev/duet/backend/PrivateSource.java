package dev.duet.backend;

/** Where the private code of a block comes from. */
public enum PrivateSource {
    /** q(w_t|x_t) of the row itself. */
    POSTERIOR(0),
    /** N(0, I). */
    PRIOR(1),
    /**
     * q(w_t|x_t) of the neighbouring row, as a constant: rows 2i and 2i + 1 of a shard take each other's, a last row without a
     * neighbour its own.
     */
    SWAPPED(2);

    /** As {@code PrivateSource} of kernels/math/latent_plan.h has it. */
    final int code;

    PrivateSource(int code) {
        this.code = code;
    }
}
