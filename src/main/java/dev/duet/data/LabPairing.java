package dev.duet.data;

import dev.duet.DuetException;
import java.util.Arrays;
import java.util.List;

/**
 * The lab's rule: the anchor at position i of set 0 goes, in every epoch, with image number (i mod n_label) of its label in
 * each other set, where n_label is the number of such images; only the visiting order changes.
 */
public final class LabPairing implements Pairing {
    private final int[][] partners; // [m][position]: index in set m, or −1 where the anchor is left out
    private final EpochOrder order;
    private final int leftOut;

    /**
     * @param sets set 0 holds the anchors
     * @param order visiting order of the anchors' positions
     * @throws DuetException if no class is shared by all sets
     */
    public LabPairing(List<LabelledSubset> sets, EpochOrder order) {
        LabelledSubset anchors = sets.get(0);
        int[][][] byLabel = sets.stream().map(LabelledSubset::byLabel).toArray(int[][][]::new);
        boolean[] shared = RandomPairing.shared(byLabel);
        partners = new int[sets.size()][anchors.size()];
        int missing = 0;
        for (int i = 0; i < anchors.size(); i++) {
            int label = anchors.label(i);
            if (!shared[label]) missing++;
            for (int m = 0; m < partners.length; m++) {
                int[] same = byLabel[m][label];
                partners[m][i] = !shared[label] ? -1 : m == 0 ? anchors.members()[i] : same[i % same.length];
            }
        }
        this.order = order;
        this.leftOut = missing;
    }

    @Override
    public int[][] epoch(int epoch) {
        int[] visit = order.order(epoch);
        if (visit.length != partners[0].length) {
            throw new DuetException(
                    "order of epoch " + epoch + ": expected " + partners[0].length + " positions, got " + visit.length);
        }
        int[] kept = Arrays.stream(visit).filter(i -> partners[0][i] >= 0).toArray();
        return Arrays.stream(partners)
                .map(of -> Arrays.stream(kept).map(i -> of[i]).toArray())
                .toArray(int[][]::new);
    }

    @Override
    public int pairs() {
        return partners[0].length - leftOut;
    }

    @Override
    public int leftOut() {
        return leftOut;
    }
}
