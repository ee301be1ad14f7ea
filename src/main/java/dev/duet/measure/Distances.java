package dev.duet.measure;

import java.util.Arrays;

/**
 * Squared Euclidean distances from blocks of query points to all N reference points. They are sums of squared
 * differences, not |a|² + |b|² − 2ab, so that near-duplicates keep their order. The references lie transposed: the inner
 * loop then runs over points without a reduction, which the JIT turns into vector instructions.
 */
final class Distances {
    /** Queries that share one pass over a tile of references, and the points of a tile: 128 KiB at 64 dimensions. */
    static final int BLOCK = 16;

    private static final int TILE = 512;
    private static final int GROUP = 4; // dimensions per inner loop, so that the sums are loaded and stored less often

    private final float[][] columns; // (D rounded up to GROUP, N), the added ones zero
    private final int count;

    Distances(Points reference) {
        count = reference.count();
        columns = new float[padded(reference.width())][count];
        for (int i = 0; i < count; i++) {
            for (int d = 0; d < reference.width(); d++) columns[d][i] = reference.get(i, d);
        }
    }

    /** Number of blocks that {@code queries} points need. */
    static int blocks(int queries) {
        return (queries + BLOCK - 1) / BLOCK;
    }

    /** The consecutive points of block {@code block} out of {@code queries} points. */
    static int[] rows(int block, int queries) {
        int first = block * BLOCK;
        int[] rows = new int[Math.min(BLOCK, queries - first)];
        for (int r = 0; r < rows.length; r++) rows[r] = first + r;
        return rows;
    }

    /** Room for one block: (BLOCK, N). */
    float[][] scratch() {
        return new float[BLOCK][count];
    }

    /**
     * Writes the distances of up to BLOCK points, {@code rows[0 … rows.length)} of {@code queries}, into
     * {@code out}, (BLOCK, N).
     */
    void block(Points queries, int[] rows, float[][] out) {
        float[][] query = new float[rows.length][columns.length];
        for (int r = 0; r < rows.length; r++) {
            for (int d = 0; d < queries.width(); d++) query[r][d] = queries.get(rows[r], d);
        }
        for (int from = 0; from < count; from += TILE) {
            int to = Math.min(count, from + TILE);
            for (int r = 0; r < rows.length; r++) tile(query[r], from, to, out[r]);
        }
    }

    private void tile(float[] query, int from, int to, float[] out) {
        Arrays.fill(out, from, to, 0);
        for (int d = 0; d < columns.length; d += GROUP) add(query, d, columns, from, to, out);
    }

    private static void add(float[] query, int d, float[][] columns, int from, int to, float[] out) {
        float[] a = columns[d];
        float[] b = columns[d + 1];
        float[] c = columns[d + 2];
        float[] e = columns[d + 3];
        float qa = query[d];
        float qb = query[d + 1];
        float qc = query[d + 2];
        float qe = query[d + 3];
        for (int j = from; j < to; j++) {
            float da = a[j] - qa;
            float db = b[j] - qb;
            float dc = c[j] - qc;
            float de = e[j] - qe;
            out[j] += da * da + db * db + (dc * dc + de * de);
        }
    }

    private static int padded(int width) {
        return (width + GROUP - 1) / GROUP * GROUP;
    }
}
