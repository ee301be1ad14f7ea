package dev.duet.measure;

import dev.duet.DuetException;
import dev.duet.Workers;
import dev.duet.tensor.Philox;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/**
 * How far neighbours in an embedding are neighbours in the data (Venna and Kaski, "Neighborhood preservation in
 * nonlinear projection methods", ICANN 2001): 1 − 2 / (n k (2N − 3k − 1)) · Σ_i Σ_j (r(i, j) − k), over the j that are
 * among the k nearest of i in the embedding and not in the data, r being the rank in the data. 1 is perfect.
 *
 * @param value in [0, 1]
 * @param k neighbours looked at
 * @param points N, over which neighbours and ranks are taken
 * @param queries n, points i averaged over: N if exact
 */
public record Trustworthiness(double value, int k, int points, int queries) {
    /** Exact, over all points and on all cores: time grows as N² · D, memory as N · D. */
    public static Trustworthiness of(Points data, Points embedding, int k) {
        return sampled(data, embedding, k, data.count(), 0);
    }

    /**
     * The average over {@code queries} points drawn without replacement; their neighbours and ranks are exact.
     *
     * @param data (N, D)
     * @param embedding (N, E)
     * @param k neighbours, 1 ≤ k and 3k + 1 < 2N, k < N
     * @param queries n, 1 … N; N gives the exact value
     * @param seed of the draw
     * @throws DuetException if the two differ in N, a number is out of range or a coordinate is not finite
     */
    public static Trustworthiness sampled(Points data, Points embedding, int k, int queries, long seed) {
        data.requireFinite("trustworthiness data");
        embedding.requireFinite("trustworthiness embedding");
        int count = data.count();
        requireMatch(count, embedding.count(), k, queries);
        long sum = penalties(data, embedding, k, draw(count, queries, seed));
        double value = 1 - 2.0 * sum / ((double) queries * k * (2.0 * count - 3.0 * k - 1));
        return new Trustworthiness(value, k, count, queries);
    }

    /** {@code queries} of the indices 0 … count−1 without repetition; all in order if that many. */
    private static int[] draw(int count, int queries, long seed) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) order[i] = i;
        if (queries < count) new Philox.Sequence(seed, Philox.Stream.EVALUATION, 1).shuffle(order);
        return Arrays.copyOf(order, queries);
    }

    /** Sum of the penalties of the points {@code queries}; integers, so the order of threads does not matter. */
    private static long penalties(Points data, Points embedding, int k, int[] queries) {
        Distances inData = new Distances(data);
        Distances inPlane = new Distances(embedding);
        LongAdder sum = new LongAdder();
        try (Workers workers = new Workers(0)) {
            workers.run(Distances.blocks(queries.length), block -> {
                int[] rows = Distances.rows(block, queries.length);
                for (int r = 0; r < rows.length; r++) rows[r] = queries[rows[r]];
                float[][] dataRows = inData.scratch();
                float[][] planeRows = inPlane.scratch();
                inData.block(data, rows, dataRows);
                inPlane.block(embedding, rows, planeRows);
                Nearest nearest = new Nearest(k);
                for (int r = 0; r < rows.length; r++) {
                    nearest.select(planeRows[r], rows[r]);
                    sum.add(penalty(dataRows[r], rows[r], nearest.indices));
                }
            });
        }
        return sum.sum();
    }

    /** Σ over the embedding's neighbours of how far their rank in the data exceeds k. */
    private static long penalty(float[] distances, int self, int[] neighbours) {
        long sum = 0;
        for (int j : neighbours) sum += Math.max(0, rank(distances, self, j) - neighbours.length);
        return sum;
    }

    /** Rank of {@code j} among all other points by distance, the nearest being 1; of equals the smaller index first. */
    private static int rank(float[] distances, int self, int j) {
        float limit = distances[j];
        int rank = 1;
        for (int i = 0; i < j; i++) rank += distances[i] <= limit ? 1 : 0;
        for (int i = j + 1; i < distances.length; i++) rank += distances[i] < limit ? 1 : 0;
        boolean countedSelf = self < j ? distances[self] <= limit : distances[self] < limit;
        return countedSelf ? rank - 1 : rank;
    }

    private static void requireMatch(int count, int embedded, int k, int queries) {
        if (count != embedded) {
            throw new DuetException(
                    "trustworthiness: expected an embedding of the " + count + " data points, got " + embedded);
        }
        if (k < 1 || k >= count || 3L * k + 1 >= 2L * count) {
            throw new DuetException(
                    "trustworthiness: expected k from 1 to less than two thirds of the " + count + " points, got " + k);
        }
        if (queries < 1 || queries > count) {
            throw new DuetException("trustworthiness: expected 1 to " + count + " sampled points, got " + queries);
        }
    }
}
