package dev.duet.eval;

import dev.duet.measure.Accuracy;
import dev.duet.measure.Confidence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts over samples decoded in all modalities: do the judges agree, and on which classes. */
final class JointTally {
    private final List<String> modalities;
    private final int classes; // K
    private final long[][] counts; // (M, K + 1)
    private final boolean[] others; // (M) whether the judge knows classes that are not shared
    private long samples;
    private long agreed;

    /** @param columns per modality K, or K + 1 where its judge knows classes that are not shared */
    JointTally(List<String> modalities, int classes, int[] columns) {
        this.modalities = modalities;
        this.classes = classes;
        counts = new long[modalities.size()][classes + 1];
        others = new boolean[columns.length];
        for (int m = 0; m < columns.length; m++) others[m] = columns[m] > classes;
    }

    /** @param judgements (M, N) shared classes, K for none of them */
    void add(int[][] judgements) {
        for (int i = 0; i < judgements[0].length; i++) {
            boolean same = judgements[0][i] < classes;
            for (int m = 0; m < judgements.length; m++) {
                counts[m][judgements[m][i]]++;
                same &= judgements[m][i] == judgements[0][i];
            }
            samples++;
            if (same) agreed++;
        }
    }

    /**
     * @param judge kind of the judges
     * @param ceilings per modality the judge's accuracy on real images
     */
    Evaluation.Agreement result(String judge, List<Double> ceilings) {
        Map<String, Double> entropy = new LinkedHashMap<>();
        Map<String, List<Long>> histogram = new LinkedHashMap<>();
        Map<String, Double> ceiling = new LinkedHashMap<>();
        for (int m = 0; m < counts.length; m++) {
            List<Long> shown = new ArrayList<>();
            for (int c = 0; c < classes + (others[m] ? 1 : 0); c++) shown.add(counts[m][c]);
            histogram.put(modalities.get(m), shown);
            entropy.put(modalities.get(m), entropy(counts[m]));
            ceiling.put(modalities.get(m), ceilings.get(m));
        }
        Confidence share = Confidence.wilson(agreed, samples);
        return new Evaluation.Agreement(
                judge, Accuracy.finite(share.estimate()), share.low(), share.high(), entropy, histogram, ceiling);
    }

    /** −Σ p ln p, nats. */
    private double entropy(long[] counts) {
        double sum = 0;
        for (long count : counts) {
            if (count == 0) continue;
            double p = (double) count / samples;
            sum -= p * Math.log(p);
        }
        return sum;
    }
}
