package dev.duet.data;

import dev.duet.DuetException;
import dev.duet.tensor.Philox;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A fresh pairing by label each epoch, from (seed, epoch) alone. The largest set gives the anchors, in random order; every
 * other set gives for each anchor an image of its class. Within an epoch all images of a class of a set are used equally
 * often, ±1: they are dealt from a shuffled stack that is shuffled anew when it is empty.
 */
public final class RandomPairing implements Pairing {
    private final int[][][] byLabel; // [m][class][number]: usable images of each set
    private final int[] anchors; // usable images of the largest set, ascending
    private final byte[] anchorLabels; // class of each anchor
    private final int anchorSet;
    private final int pairs;
    private final int leftOut;
    private final long seed;
    private final Philox.Stream stream;

    /**
     * @param pairsPerEpoch more than there are anchors: they are dealt again; fewer: each epoch draws some
     * @throws DuetException if no class is shared by all sets
     */
    public RandomPairing(List<LabelledSubset> sets, long seed, int pairsPerEpoch) {
        this(sets, seed, pairsPerEpoch, Philox.Stream.PAIRING);
    }

    /** As many pairs per epoch as the largest set has images of shared classes. */
    public RandomPairing(List<LabelledSubset> sets, long seed) {
        this(sets, seed, 0, Philox.Stream.PAIRING);
    }

    private RandomPairing(List<LabelledSubset> sets, long seed, int pairsPerEpoch, Philox.Stream stream) {
        if (pairsPerEpoch < 0) throw new DuetException("pairs per epoch: expected at least 1, got " + pairsPerEpoch);
        this.seed = seed;
        this.stream = stream;
        byLabel = sets.stream().map(LabelledSubset::byLabel).toArray(int[][][]::new);
        boolean[] shared = shared(byLabel);
        int largest = 0;
        for (int m = 1; m < sets.size(); m++)
            if (sets.get(m).size() > sets.get(largest).size()) largest = m;
        anchorSet = largest;
        LabelledSubset all = sets.get(largest);
        anchors = Arrays.stream(all.members())
                .filter(i -> shared[all.labels()[i]])
                .toArray();
        anchorLabels = new byte[anchors.length];
        for (int i = 0; i < anchors.length; i++) anchorLabels[i] = all.labels()[anchors[i]];
        leftOut = all.size() - anchors.length;
        pairs = pairsPerEpoch == 0 ? anchors.length : pairsPerEpoch;
    }

    static Pairing fixed(List<LabelledSubset> sets, long seed, int n) {
        RandomPairing once = new RandomPairing(sets, seed, n, Philox.Stream.EVALUATION);
        int[][] drawn = once.epoch(0);
        int leftOut = once.leftOut();
        return new Pairing() {
            @Override
            public int[][] epoch(int epoch) {
                return Arrays.stream(drawn).map(int[]::clone).toArray(int[][]::new);
            }

            @Override
            public int leftOut() {
                return leftOut;
            }
        };
    }

    /** Which classes every set has. @throws DuetException if none */
    static boolean[] shared(int[][][] byLabel) {
        if (!anyShared(byLabel)) {
            throw new DuetException("pairing: the image sets share no class, so no pairs can be formed");
        }
        boolean[] shared = new boolean[Pixels.MAX_CLASSES];
        for (int c = 0; c < shared.length; c++) shared[c] = everySetHas(byLabel, c);
        return shared;
    }

    static boolean anyShared(int[][][] byLabel) {
        return IntStream.range(0, Pixels.MAX_CLASSES).anyMatch(c -> everySetHas(byLabel, c));
    }

    private static boolean everySetHas(int[][][] byLabel, int label) {
        return Arrays.stream(byLabel).allMatch(set -> set[label].length > 0);
    }

    @Override
    public int[][] epoch(int epoch) {
        Philox.Sequence random = new Philox.Sequence(seed, stream, epoch);
        int[] positions = new int[anchors.length];
        for (int i = 0; i < positions.length; i++) positions[i] = i;
        int[] order = deal(positions, pairs, random);
        int[] needed = new int[Pixels.MAX_CLASSES];
        for (int i : order) needed[anchorLabels[i]]++;
        int[][] out = new int[byLabel.length][];
        for (int m = 0; m < out.length; m++) {
            out[m] = m == anchorSet
                    ? Arrays.stream(order).map(i -> anchors[i]).toArray()
                    : match(byLabel[m], order, needed, random);
        }
        return out;
    }

    /** An image of the anchor's class for each anchor position of {@code order}. */
    private int[] match(int[][] images, int[] order, int[] needed, Philox.Sequence random) {
        int[][] stacks = new int[images.length][];
        for (int c = 0; c < images.length; c++) stacks[c] = deal(images[c], needed[c], random);
        int[] next = new int[images.length];
        int[] out = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            int label = anchorLabels[order[i]];
            out[i] = stacks[label][next[label]++];
        }
        return out;
    }

    /** {@code count} of {@code values}: one shuffled round of all after the other, the last one cut. */
    private static int[] deal(int[] values, int count, Philox.Sequence random) {
        int[] out = new int[count];
        int[] round = values.clone();
        for (int at = 0; at < count; at += round.length) {
            random.shuffle(round);
            System.arraycopy(round, 0, out, at, Math.min(round.length, count - at));
        }
        return out;
    }

    @Override
    public int pairs() {
        return pairs;
    }

    @Override
    public int leftOut() {
        return leftOut;
    }
}
