package dev.duet.data;

import dev.duet.DuetException;
import dev.duet.tensor.Philox;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A set cut in two, class by class.
 *
 * @param train indices, ascending
 * @param validation the other indices, ascending
 */
public record Split(int[] train, int[] validation) {
    /**
     * Puts, of each class with n images, round(fraction·n) drawn by {@code seed} into the validation part; where the
     * fraction is not 0, at least 1 and at most n − 1 of them, so that both parts have every class with n ≥ 2. A class's
     * only image is left to training.
     *
     * @param fraction in [0, 1)
     */
    public static Split stratified(byte[] labels, double fraction, long seed) {
        if (!(fraction >= 0 && fraction < 1)) {
            throw new DuetException("validation fraction: expected 0 up to but not 1, got " + fraction);
        }
        Philox.Sequence random = new Philox.Sequence(seed, Philox.Stream.SPLIT, 0);
        boolean[] held = new boolean[labels.length];
        for (int[] members : LabelledSubset.all(labels).byLabel()) {
            random.shuffle(members);
            for (int i = 0; i < heldOut(members.length, fraction); i++) held[members[i]] = true;
        }
        int[][] parts = new int[2][];
        for (int part = 0; part < 2; part++) {
            boolean wanted = part == 1;
            parts[part] = IntStream.range(0, held.length)
                    .filter(i -> held[i] == wanted)
                    .toArray();
        }
        return new Split(parts[0], parts[1]);
    }

    private static long heldOut(int n, double fraction) {
        return fraction == 0 ? 0 : Math.min(Math.max(1, Math.round(fraction * n)), n - 1);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Split split
                && Arrays.equals(train, split.train)
                && Arrays.equals(validation, split.validation);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(train) * 31 + Arrays.hashCode(validation);
    }
}
