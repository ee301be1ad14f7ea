package dev.duet.eval;

import dev.duet.Workers;
import dev.duet.data.ImageSet;
import dev.duet.data.LabelledSubset;
import dev.duet.data.Pairing;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A fixed label-matched pairing. Where one domain has fewer images, its images come several times, with another partner each;
 * what is said of that domain alone counts each image at its first pair only, so that no interval claims more than it saw.
 */
final class TestPairs {
    private final List<ImageSet> sets;
    private final int[][] pairs; // (M, N)
    private final byte[] labels; // (N) shared class
    private final boolean[][] firstUse; // (M, N)

    /** @param most pairs; fewer if the largest domain has fewer images of shared classes */
    TestPairs(List<ImageSet> sets, SharedClasses classes, long seed, int most) {
        this.sets = sets;
        List<LabelledSubset> subsets = sets.stream().map(classes::subset).toList();
        int largest = subsets.stream().mapToInt(s -> s.members().length).max().orElse(0);
        pairs = Pairing.fixed(subsets, seed, Math.min(most, largest)).epoch(0);
        labels = new byte[count()];
        byte[] of = subsets.get(0).labels();
        for (int i = 0; i < labels.length; i++) labels[i] = of[pairs[0][i]];
        firstUse = new boolean[pairs.length][];
        for (int m = 0; m < pairs.length; m++)
            firstUse[m] = firstUse(pairs[m], sets.get(m).count());
    }

    private static boolean[] firstUse(int[] indices, int images) {
        boolean[] seen = new boolean[images];
        boolean[] first = new boolean[indices.length];
        for (int i = 0; i < indices.length; i++) {
            first[i] = !seen[indices[i]];
            seen[indices[i]] = true;
        }
        return first;
    }

    /** N. */
    int count() {
        return pairs[0].length;
    }

    /** (M, N) indices into the sets. */
    int[][] pairs() {
        return pairs;
    }

    /** Shared class of each pair, (N). */
    byte[] labels() {
        return labels;
    }

    /** Pairs at which modality {@code m}'s image comes for the first time, ascending. */
    int[] firstUses(int m) {
        return IntStream.range(0, count()).filter(i -> firstUse[m][i]).toArray();
    }

    /** (M, n): {@code chosen} ones of the pairs. */
    int[][] pairs(int[] chosen) {
        return Arrays.stream(pairs)
                .map(of -> Arrays.stream(chosen).map(i -> of[i]).toArray())
                .toArray(int[][]::new);
    }

    /** The images of modality {@code m} in {@code chosen} pairs, (n, C, H, W) in [0, 1]. */
    float[] images(int m, int[] chosen, Workers workers) {
        int[] indices = Arrays.stream(chosen).map(i -> pairs[m][i]).toArray();
        return Pictures.floats(sets.get(m), indices, 0, indices.length, workers);
    }

    /** The classes of {@code chosen} pairs. */
    int[] labels(int[] chosen) {
        int[] out = new int[chosen.length];
        for (int i = 0; i < chosen.length; i++) out[i] = labels[chosen[i]];
        return out;
    }
}
