package dev.duet.measure;

import dev.duet.Workers;
import java.util.Arrays;

/**
 * The similarities of t-SNE's input space, sparse over the k nearest neighbours: p(j|i) ∝ exp(−β_i d²_ij) with β_i such
 * that each row has the wanted perplexity, then p_ij = (p(j|i) + p(i|j)) / 2N (van der Maaten and Hinton, JMLR 9, 2008,
 * eq. 1 and section 3.1; neighbours only, as van der Maaten, JMLR 15, 2014). Compressed rows; sums to 1.
 */
final class Affinities {
    private static final int MAX_HALVINGS = 100;
    private static final double ENTROPY_TOLERANCE = 1e-5; // nats
    private static final double SETTLED = 1e12; // β in units of 1 / mean d², where weights are 0 or 1

    final int[] starts; // (N + 1)
    final int[] columns; // (entries)
    final float[] values; // (entries)

    private Affinities(int[] starts, int[] columns, float[] values) {
        this.starts = starts;
        this.columns = columns;
        this.values = values;
    }

    /**
     * @param data points, (N, D), finite, of a size that squares in float
     * @param neighbours k, 1 … N−1
     * @param perplexity 1 … k
     */
    static Affinities of(Points data, int neighbours, double perplexity, Workers workers) {
        int count = data.count();
        int[] indices = new int[Math.multiplyExact(count, neighbours)]; // (N, k)
        float[] conditional = new float[indices.length]; // p(j|i), (N, k)
        Distances distances = new Distances(data);
        workers.run(Distances.blocks(count), block -> {
            int[] rows = Distances.rows(block, count);
            float[][] out = distances.scratch();
            distances.block(data, rows, out);
            Nearest nearest = new Nearest(neighbours);
            for (int r = 0; r < rows.length; r++) {
                nearest.select(out[r], rows[r]);
                System.arraycopy(nearest.indices, 0, indices, rows[r] * neighbours, neighbours);
                calibrate(nearest.distances, perplexity, conditional, rows[r] * neighbours);
            }
        });
        return symmetric(count, neighbours, indices, conditional);
    }

    /**
     * Writes p(j|i) of one row at {@code offset} of {@code out}: β by doubling and then bisection until the entropy is
     * ln(perplexity).
     *
     * @param squared distances, (k), ascending
     */
    private static void calibrate(float[] squared, double perplexity, float[] out, int offset) {
        Kernel kernel = new Kernel(squared);
        double wanted = StrictMath.log(perplexity);
        double scale = kernel.mean > 0 ? 1 / kernel.mean : 1; // of β
        double beta = scale;
        double low = 0;
        double high = Double.POSITIVE_INFINITY;
        for (int step = 0; step < MAX_HALVINGS; step++) {
            double excess = kernel.entropy(beta) - wanted;
            if (Math.abs(excess) < ENTROPY_TOLERANCE) break;
            if (excess > 0) low = beta;
            else high = beta;
            beta = Double.isInfinite(high) ? beta * 2 : (low + high) / 2;
            // Equal nearest distances bound the entropy from below; the weights have long settled then.
            if (beta > SETTLED * scale) break;
        }
        for (int j = 0; j < squared.length; j++) out[offset + j] = (float) (kernel.weights[j] / kernel.sum);
    }

    /** The unnormalised weights exp(−β d²) of one row, d² counted from the nearest so that the largest is 1. */
    private static final class Kernel {
        private final float[] squared; // (k)
        private final double[] weights; // (k)
        private final double mean; // of d²
        private double sum; // of the weights

        Kernel(float[] squared) {
            this.squared = squared;
            weights = new double[squared.length];
            double total = 0;
            for (float d : squared) total += d - squared[0];
            mean = total / squared.length;
        }

        /** Sets the weights and returns the entropy of their distribution, nats. */
        double entropy(double beta) {
            double moment = 0; // Σ w · d²
            sum = 0;
            for (int j = 0; j < squared.length; j++) {
                double d = squared[j] - squared[0];
                weights[j] = StrictMath.exp(-beta * d); // strict: the same on every machine
                sum += weights[j];
                moment += weights[j] * d;
            }
            return StrictMath.log(sum) + beta * moment / sum;
        }
    }

    /** Joins each row's own neighbours with the points that have it as theirs; an edge in both directions once. */
    private static Affinities symmetric(int count, int k, int[] indices, float[] conditional) {
        int[] incomingStarts = new int[count + 1];
        int[] incoming = byTarget(indices, incomingStarts);
        int[] starts = new int[count + 1];
        int[] columns = new int[2 * indices.length];
        float[] values = new float[2 * indices.length];
        int[] slot = new int[count]; // where column j was last kept: in this row if at or after its start
        Arrays.fill(slot, -1);
        float half = 0.5f / count;
        int end = 0;
        for (int i = 0; i < count; i++) {
            starts[i] = end;
            for (int edge = i * k; edge < (i + 1) * k; edge++) {
                slot[indices[edge]] = end;
                columns[end] = indices[edge];
                values[end++] = half * conditional[edge];
            }
            for (int e = incomingStarts[i]; e < incomingStarts[i + 1]; e++) {
                int source = incoming[e] / k;
                if (slot[source] < starts[i]) {
                    slot[source] = end;
                    columns[end++] = source;
                }
                values[slot[source]] += half * conditional[incoming[e]];
            }
        }
        starts[count] = end;
        return new Affinities(starts, Arrays.copyOf(columns, end), Arrays.copyOf(values, end));
    }

    /** Edge numbers grouped by target, sources ascending; the groups' bounds go into {@code starts}, (N + 1). */
    private static int[] byTarget(int[] targets, int[] starts) {
        for (int target : targets) starts[target + 1]++;
        for (int i = 1; i < starts.length; i++) starts[i] += starts[i - 1];
        int[] edges = new int[targets.length];
        int[] fill = starts.clone();
        for (int edge = 0; edge < targets.length; edge++) edges[fill[targets[edge]]++] = edge;
        return edges;
    }
}
