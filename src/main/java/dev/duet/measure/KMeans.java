package dev.duet.measure;

import dev.duet.Workers;
import dev.duet.tensor.Philox;
import java.util.Arrays;

/**
 * Clusters points around K centres: seeding by Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding"
 * (SODA 2007), then Lloyd's iterations. Where there are fewer different points than centres, some clusters stay empty.
 */
final class KMeans {
    private static final int MOST_ITERATIONS = 20; // a start for EM need not converge
    private static final int STREAM_STEP = 2;

    private final Points points; // (N, Z)
    private final int clusters; // K
    private final Workers workers;

    KMeans(Points points, int clusters, Workers workers) {
        this.points = points;
        this.clusters = clusters;
        this.workers = workers;
    }

    /** The cluster of each point, (N). */
    int[] assign(long seed) {
        Points centres = seeding(new Philox.Sequence(seed, Philox.Stream.EVALUATION, STREAM_STEP));
        int[] assignment = nearest(centres);
        for (int i = 0; i < MOST_ITERATIONS; i++) {
            centres = means(assignment, centres);
            int[] next = nearest(centres);
            if (Arrays.equals(next, assignment)) break;
            assignment = next;
        }
        return assignment;
    }

    /** K of the points, each drawn in proportion to the squared distance from the nearest before it. */
    private Points seeding(Philox.Sequence random) {
        Distances toAll = new Distances(points);
        float[][] distances = toAll.scratch();
        double[] least = new double[points.count()];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        int[] chosen = new int[clusters];
        for (int k = 0; k < clusters; k++) {
            chosen[k] = k == 0 ? random.nextInt(points.count()) : draw(least, random);
            toAll.block(points, new int[] {chosen[k]}, distances);
            for (int i = 0; i < least.length; i++) least[i] = Math.min(least[i], distances[0][i]);
        }
        float[] values = new float[clusters * points.width()];
        for (int i = 0; i < values.length; i++) {
            values[i] = points.get(chosen[i / points.width()], i % points.width());
        }
        return Points.of(values, clusters, points.width());
    }

    /** An index in proportion to its weight; any, if all are 0. */
    private static int draw(double[] weights, Philox.Sequence random) {
        double total = 0;
        for (double weight : weights) total += weight;
        if (total == 0) return random.nextInt(weights.length);
        double target = random.nextDouble() * total;
        int last = 0;
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] == 0) continue;
            last = i;
            target -= weights[i];
            if (target < 0) break;
        }
        return last;
    }

    private int[] nearest(Points centres) {
        Distances toCentres = new Distances(centres);
        int[] out = new int[points.count()];
        workers.run(Distances.blocks(points.count()), block -> {
            int[] rows = Distances.rows(block, points.count());
            float[][] distances = toCentres.scratch();
            toCentres.block(points, rows, distances);
            for (int r = 0; r < rows.length; r++) {
                int best = 0;
                for (int k = 1; k < clusters; k++) if (distances[r][k] < distances[r][best]) best = k;
                out[rows[r]] = best;
            }
        });
        return out;
    }

    /** The mean of each cluster; an empty one keeps its centre. */
    private Points means(int[] assignment, Points centres) {
        int width = points.width();
        double[] sums = new double[clusters * width];
        int[] counts = new int[clusters];
        for (int i = 0; i < assignment.length; i++) {
            counts[assignment[i]]++;
            for (int d = 0; d < width; d++) sums[assignment[i] * width + d] += points.get(i, d);
        }
        float[] means = new float[sums.length];
        for (int i = 0; i < means.length; i++) {
            int k = i / width;
            means[i] = counts[k] == 0 ? centres.get(k, i % width) : (float) (sums[i] / counts[k]);
        }
        return Points.of(means, clusters, width);
    }
}
