package dev.duet.measure;

import dev.duet.DuetException;
import dev.duet.Workers;
import dev.duet.tensor.Philox;
import java.util.Arrays;
import java.util.List;

/**
 * Codes of one domain as queries among those of another: how soon a code of the same class comes, and how far all of them come
 * before the others (Manning, Raghavan and Schütze, "Introduction to Information Retrieval", chapter 8).
 *
 * @param metric that orders the gallery
 * @param queries n whose class the gallery has; others are left out
 * @param gallery codes searched
 * @param recall share of the queries with a code of their class among the first k, with its interval over queries
 * @param meanReciprocalRank mean of 1 / rank of the first code of the same class
 * @param meanAveragePrecision mean over the queries of the precision at each code of the same class, averaged
 * @param medianRank median rank of the first code of the same class; 1 is the nearest
 * @param chance recall at 1 expected of a random order
 */
public record Retrieval(
        Metric metric,
        int queries,
        int gallery,
        List<RecallAt> recall,
        double meanReciprocalRank,
        double meanAveragePrecision,
        double medianRank,
        double chance) {
    private static final int[] DEPTHS = {1, 5, 10};
    private static final int STREAM_STEP = 6;

    /** Distance between codes. */
    public enum Metric {
        /** Angle only; a code of zeros, which has none, is equally far from all. */
        COSINE,
        EUCLIDEAN
    }

    /** @param k how many are looked at; {@code share} of the queries that find their class among them */
    public record RecallAt(int k, Confidence share) {}

    /**
     * @param queries (N, Z)
     * @param queryLabels (N)
     * @param gallery (M, Z), searched; equal distances are ordered at random, so that collapsed codes score as chance does
     * @param galleryLabels (M)
     * @param threads number of threads, 0 for all cores; the result does not depend on it
     * @throws DuetException if the widths or numbers differ, a coordinate is not finite, or no query has its class in the gallery
     */
    public static Retrieval measure(
            Points queries, byte[] queryLabels, Points gallery, byte[] galleryLabels, Metric metric, int threads) {
        requireMatch(queries, queryLabels, gallery, galleryLabels);
        int[] order = new int[gallery.count()];
        Arrays.setAll(order, i -> i);
        new Philox.Sequence(0, Philox.Stream.EVALUATION, STREAM_STEP).shuffle(order);
        boolean normalise = metric == Metric.COSINE;
        byte[] labels = new byte[order.length];
        for (int i = 0; i < labels.length; i++) labels[i] = galleryLabels[order[i]];
        Distances distances = new Distances(ordered(gallery, order, normalise));
        int[] all = new int[queries.count()];
        Arrays.setAll(all, i -> i);
        Points asked = ordered(queries, all, normalise);
        int[] ranks = new int[asked.count()]; // of the first of the same class; 0 if there is none
        double[] precisions = new double[asked.count()];
        try (Workers workers = new Workers(threads)) {
            workers.run(Distances.blocks(asked.count()), block -> {
                int[] rows = Distances.rows(block, asked.count());
                float[][] out = distances.scratch();
                distances.block(asked, rows, out);
                for (int r = 0; r < rows.length; r++) {
                    rank(out[r], labels, queryLabels[rows[r]], rows[r], ranks, precisions);
                }
            });
        }
        return summary(metric, ranks, precisions, queryLabels, galleryLabels);
    }

    /** Writes the rank of the first gallery code of class {@code label} and the average precision of query {@code query}. */
    private static void rank(
            float[] distances, byte[] labels, byte label, int query, int[] ranks, double[] precisions) {
        long[] keys = new long[distances.length]; // a distance of 0 or more is ordered as its bits are
        for (int i = 0; i < keys.length; i++) keys[i] = (long) Float.floatToIntBits(distances[i]) << 32 | i;
        Arrays.sort(keys);
        int found = 0;
        double sum = 0;
        for (int i = 0; i < keys.length; i++) {
            if (labels[(int) keys[i]] != label) continue;
            if (found++ == 0) ranks[query] = i + 1;
            sum += (double) found / (i + 1);
        }
        if (found > 0) precisions[query] = sum / found;
    }

    private static Retrieval summary(
            Metric metric, int[] ranks, double[] precisions, byte[] queryLabels, byte[] galleryLabels) {
        long[] members = new long[256];
        for (byte label : galleryLabels) members[Byte.toUnsignedInt(label)]++;
        int n = 0;
        double reciprocal = 0;
        double precision = 0;
        double chance = 0;
        long[] within = new long[DEPTHS.length];
        for (int q = 0; q < ranks.length; q++) {
            if (ranks[q] == 0) continue;
            n++;
            reciprocal += 1.0 / ranks[q];
            precision += precisions[q];
            chance += (double) members[Byte.toUnsignedInt(queryLabels[q])] / galleryLabels.length;
            for (int d = 0; d < DEPTHS.length; d++) if (ranks[q] <= DEPTHS[d]) within[d]++;
        }
        if (n == 0) {
            throw new DuetException("retrieval: expected queries of classes that the gallery has, got " + ranks.length
                    + " queries and none of them");
        }
        RecallAt[] recall = new RecallAt[DEPTHS.length];
        for (int d = 0; d < recall.length; d++) recall[d] = new RecallAt(DEPTHS[d], Confidence.wilson(within[d], n));
        return new Retrieval(
                metric,
                n,
                galleryLabels.length,
                List.of(recall),
                reciprocal / n,
                precision / n,
                median(ranks, n),
                chance / n);
    }

    /** Of the {@code n} ranks that are not 0. */
    private static double median(int[] ranks, int n) {
        int[] sorted = ranks.clone();
        Arrays.sort(sorted);
        int first = sorted.length - n;
        return (sorted[first + (n - 1) / 2] + sorted[first + n / 2]) / 2.0;
    }

    /** The points in the given order, each divided by its length if wanted. */
    private static Points ordered(Points points, int[] order, boolean normalise) {
        int width = points.width();
        float[] out = new float[order.length * width];
        for (int i = 0; i < order.length; i++) {
            double square = 0;
            for (int d = 0; d < width; d++) square += (double) points.get(order[i], d) * points.get(order[i], d);
            double length = normalise && square > 0 ? Math.sqrt(square) : 1;
            for (int d = 0; d < width; d++) out[i * width + d] = (float) (points.get(order[i], d) / length);
        }
        return Points.of(out, order.length, width);
    }

    private static void requireMatch(Points queries, byte[] queryLabels, Points gallery, byte[] galleryLabels) {
        queries.requireFinite("retrieval queries");
        gallery.requireFinite("retrieval gallery");
        if (queries.width() != gallery.width()
                || queries.count() != queryLabels.length
                || gallery.count() != galleryLabels.length) {
            throw new DuetException("retrieval: expected codes of one width with a label each, got " + queries.count()
                    + "×" + queries.width() + " queries with " + queryLabels.length + " labels and " + gallery.count()
                    + "×" + gallery.width() + " in the gallery with " + galleryLabels.length);
        }
    }
}
