package dev.duet.data;

import java.util.List;

/** Which images form the pairs (or, with more modalities, the tuples) of an epoch. */
public interface Pairing {
    /**
     * The pairs of epoch {@code epoch} in visiting order: [m][i] is the index, in the whole set of modality m, of its image
     * in pair i. A pure function of the epoch. Lengths are {@link #pairs()}.
     */
    int[][] epoch(int epoch);

    /** Pairs per epoch. */
    default int pairs() {
        return epoch(0)[0].length;
    }

    /** Anchor images that no pair uses because another modality lacks their class. */
    default int leftOut() {
        return 0;
    }

    /** Whether pairs can be formed: the sets have a class in common. */
    static boolean possible(List<LabelledSubset> sets) {
        return RandomPairing.anyShared(
                sets.stream().map(LabelledSubset::byLabel).toArray(int[][][]::new));
    }

    /** A pairing that is the same every epoch, for evaluation: {@code n} label-matched pairs drawn by {@code seed}. */
    static Pairing fixed(List<LabelledSubset> sets, long seed, int n) {
        return RandomPairing.fixed(sets, seed, n);
    }
}
