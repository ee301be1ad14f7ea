package dev.duet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PairingTest {
    private static final byte[] ANCHORS = {1, 0, 1, 1, 0, 2, 1};
    private static final byte[] OTHERS = {0, 1, 1, 0, 0, 3};

    @Test
    void theLabsRuleTakesImageNumberPositionModCountOfTheLabel() {
        LabPairing pairing = new LabPairing(sets(ANCHORS, OTHERS), epoch -> new int[] {6, 5, 4, 3, 2, 1, 0});
        // Label 0 of the other set: images 0, 3, 4; label 1: images 1, 2. The anchor 5 (label 2) has no partner.
        int[][] pairs = pairing.epoch(1);
        assertThat(pairs[0]).containsExactly(6, 4, 3, 2, 1, 0);
        assertThat(pairs[1]).containsExactly(1, 3, 2, 1, 3, 1);
        assertThat(pairing.leftOut()).isEqualTo(1);
        assertThat(pairing.pairs()).isEqualTo(6);
    }

    @Test
    void theLabsRuleWorksOnAPartOfASet() {
        LabelledSubset anchors = new LabelledSubset(ANCHORS, new int[] {2, 3, 4});
        LabelledSubset others = new LabelledSubset(OTHERS, new int[] {2, 3, 4});
        int[][] pairs = new LabPairing(List.of(anchors, others), epoch -> new int[] {0, 1, 2}).epoch(0);
        assertThat(pairs[0]).containsExactly(2, 3, 4);
        assertThat(pairs[1]).containsExactly(2, 2, 3); // position 2 of label 0: number 2 mod 2 of images 3, 4
    }

    /** The peer keeps shuffling one list with new Random(epoch); that order must be possible here. */
    @Test
    void takesThePeersOrder() {
        EpochOrder peer = epoch -> {
            List<Integer> order = new ArrayList<>(IntStream.range(0, 7).boxed().toList());
            for (int e = 1; e <= epoch; e++) Collections.shuffle(order, new Random(e));
            return order.stream().mapToInt(Integer::intValue).toArray();
        };
        int[] visited = new LabPairing(sets(ANCHORS, OTHERS), peer).epoch(2)[0];
        int[] expected = IntStream.of(peer.order(2)).filter(i -> i != 5).toArray();
        assertThat(visited).isEqualTo(expected);
    }

    @Test
    void randomPairsMatchLabelsAndUseEveryImageEquallyOften() {
        byte[] large = labels(1000, 7);
        byte[] small = labels(130, 7);
        byte[] third = labels(70, 7);
        RandomPairing pairing = new RandomPairing(sets(small, large, third), 11, 2500);
        int[][] pairs = pairing.epoch(3);
        assertThat(pairing.pairs()).isEqualTo(2500);
        for (int i = 0; i < 2500; i++) {
            assertThat(small[pairs[0][i]]).isEqualTo(large[pairs[1][i]]).isEqualTo(third[pairs[2][i]]);
        }
        assertUse(pairs[1], 1000, 2, 3);
        for (int c = 0; c < 7; c++) {
            for (int m = 0; m < 3; m += 2) {
                byte[] labels = m == 0 ? small : third;
                int label = c;
                int[] used =
                        IntStream.of(pairs[m]).filter(i -> labels[i] == label).toArray();
                int of = (int) IntStream.range(0, labels.length)
                        .filter(i -> labels[i] == label)
                        .count();
                int least = used.length / of;
                int[] counts = new int[labels.length];
                for (int i : used) counts[i]++;
                for (int i = 0; i < counts.length; i++) {
                    if (labels[i] == c) assertThat(counts[i]).isBetween(least, least + 1);
                }
            }
        }
    }

    @Test
    void randomPairsDependOnSeedAndEpochOnly() {
        List<LabelledSubset> sets = sets(labels(100, 4), labels(60, 4));
        RandomPairing pairing = new RandomPairing(sets, 5);
        int[][] second = pairing.epoch(2);
        assertThat(pairing.pairs()).isEqualTo(100);
        assertThat(new RandomPairing(sets, 5).epoch(2)).isDeepEqualTo(second);
        assertThat(pairing.epoch(3)[0]).isNotEqualTo(second[0]);
        assertThat(new RandomPairing(sets, 6).epoch(2)[0]).isNotEqualTo(second[0]);
        assertUse(second[0], 100, 1, 1);
    }

    @Test
    void membersRestrictThePairsAndMissingClassesAreCounted() {
        LabelledSubset anchors = new LabelledSubset(ANCHORS, new int[] {0, 1, 5, 6});
        LabelledSubset others = new LabelledSubset(OTHERS, new int[] {1, 3});
        RandomPairing pairing = new RandomPairing(List.of(anchors, others), 1);
        assertThat(pairing.leftOut()).isEqualTo(1);
        int[][] pairs = pairing.epoch(0);
        assertThat(pairs[0]).containsExactlyInAnyOrder(0, 1, 6);
        for (int i = 0; i < 3; i++) assertThat(pairs[1][i]).isEqualTo(ANCHORS[pairs[0][i]] == 0 ? 3 : 1);
    }

    @Test
    void theEvaluationPairingIsTheSameEveryEpoch() {
        Pairing pairing = Pairing.fixed(sets(labels(100, 4), labels(60, 4)), 9, 40);
        int[][] first = pairing.epoch(0);
        first[0][0] = -1;
        assertThat(pairing.epoch(7)).isDeepEqualTo(pairing.epoch(0));
        assertThat(pairing.epoch(7)[0]).hasSize(40).doesNotContain(-1).doesNotHaveDuplicates();
        assertThat(pairing.pairs()).isEqualTo(40);
    }

    @Test
    void refusesSetsWithoutACommonClass() {
        List<LabelledSubset> sets = sets(new byte[] {1, 2}, new byte[] {3});
        assertThatThrownBy(() -> new RandomPairing(sets, 1))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("share no class");
        assertThatThrownBy(() -> new LabelledSubset(new byte[2], new int[] {2}))
                .hasMessage("subset: image 2 is not in a set of 2");
        LabPairing wrongOrder = new LabPairing(sets(ANCHORS, OTHERS), epoch -> new int[3]);
        assertThatThrownBy(() -> wrongOrder.epoch(1)).hasMessage("order of epoch 1: expected 7 positions, got 3");
    }

    @Test
    void aSplitTakesTheSameShareOfEachClass() {
        byte[] labels = new byte[1000];
        for (int i = 0; i < 1000; i++) labels[i] = (byte) (i < 900 ? 0 : 4);
        Split split = Split.stratified(labels, 0.1, 3);
        assertThat(split.validation()).hasSize(100).isSorted();
        assertThat(IntStream.of(split.validation()).filter(i -> labels[i] == 4)).hasSize(10);
        assertThat(split.train()).hasSize(900).isSorted().doesNotContain(split.validation());
        assertThat(Split.stratified(labels, 0.1, 3)).isEqualTo(split);
        assertThat(Split.stratified(labels, 0.1, 4)).isNotEqualTo(split);
        assertThat(Split.stratified(labels, 0, 4).validation()).isEmpty();
        assertThatThrownBy(() -> Split.stratified(labels, 1, 4)).hasMessageContaining("got 1.0");
    }

    @Test
    void aSplitLeavesEveryClassOfTwoInBothParts() {
        byte[] labels = {0, 0, 1, 2, 2, 2};
        for (double fraction : new double[] {0.01, 0.1, 0.5, 0.9}) {
            Split split = Split.stratified(labels, fraction, 3);
            assertThat(classes(labels, split.validation()))
                    .as("held out of %s", fraction)
                    .containsExactly(0, 2);
            assertThat(classes(labels, split.train()))
                    .as("kept of %s", fraction)
                    .containsExactly(0, 1, 2);
        }
        assertThat(Split.stratified(labels, 0.1, 3).validation()).hasSize(2);
    }

    private static int[] classes(byte[] labels, int[] images) {
        return IntStream.of(images).map(i -> labels[i]).distinct().sorted().toArray();
    }

    private static void assertUse(int[] used, int images, int least, int most) {
        int[] counts = new int[images];
        for (int i : used) counts[i]++;
        assertThat(IntStream.of(counts).boxed()).allMatch(n -> n >= least && n <= most);
    }

    /** Uneven classes: class c gets a share proportional to c + 1. */
    private static byte[] labels(int n, int classes) {
        byte[] out = new byte[n];
        int total = classes * (classes + 1) / 2;
        for (int i = 0; i < n; i++) {
            int at = i % total;
            int label = 0;
            while (at > label) at -= ++label;
            out[i] = (byte) label;
        }
        return out;
    }

    private static List<LabelledSubset> sets(byte[]... labels) {
        return java.util.Arrays.stream(labels).map(LabelledSubset::all).toList();
    }
}
