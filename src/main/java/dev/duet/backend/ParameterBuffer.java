package dev.duet.backend;

import dev.duet.tensor.Variable;
import java.util.List;

/**
 * All parameters of a model in one flat buffer, and per shard one flat gradient buffer of the same layout; Adam's moments
 * beside them. Owned by its backend.
 */
public interface ParameterBuffer {
    /**
     * The arrays kept per parameter. GRADIENT is the sum, in shard order, over all gradient buffers that were made, also over
     * those that the last step did not write.
     */
    enum Slot {
        VALUE,
        GRADIENT,
        ADAM_M,
        ADAM_V
    }

    /** In place of a shard: parameters that are read and get no gradient. */
    int FROZEN = -1;

    List<ParameterSpec> specs();

    /**
     * Parameter {@code index} as shard {@code shard} sees it: the shared value and the shard's own gradient; none for {@link
     * #FROZEN}.
     */
    Variable variable(int index, int shard);

    /** A copy in canonical order, length {@code specs().get(index).shape().size()}. */
    float[] read(Slot slot, int index);

    /** Writes from canonical order; follow the last write to VALUE with {@link #refresh()}. GRADIENT cannot be written. */
    void write(Slot slot, int index, float[] canonical);

    /**
     * Zeroes Adam's moments and all gradients, for a stage of training: a parameter whose gradient no op writes then stays as
     * it is, bit for bit, whatever {@link Backend#adam} does.
     */
    void restart();

    /** Makes written values visible to the ops, which may keep packed copies. */
    void refresh();
}
