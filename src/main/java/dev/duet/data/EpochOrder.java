package dev.duet.data;

import dev.duet.tensor.Philox;

/** The order in which an epoch visits the anchors. */
@FunctionalInterface
public interface EpochOrder {
    /** A permutation of the anchors' positions 0 to n − 1; must be a pure function of the epoch. */
    int[] order(int epoch);

    /** A fresh permutation of 0 to {@code n} − 1 each epoch, from (seed, epoch) alone. */
    static EpochOrder shuffled(int n, long seed) {
        return epoch -> {
            int[] order = new int[n];
            for (int i = 0; i < n; i++) order[i] = i;
            new Philox.Sequence(seed, Philox.Stream.PAIRING, epoch).shuffle(order);
            return order;
        };
    }
}
