package dev.duet.measure;

import dev.duet.Workers;
import java.util.Arrays;

/**
 * The repulsive half of t-SNE's gradient, over all N² pairs: with q_ij = 1 / (1 + |y_i − y_j|²), per point Σ_j q_ij and
 * Σ_j q²_ij (y_i − y_j). The inner loop runs over a tile of points i against one point j, so it has no reduction and
 * the JIT turns it into vector instructions; each sum runs over j in one order, whatever the number of threads.
 */
final class Repulsion {
    private static final int TILE = 256; // 5 arrays of 1 KiB stay in the first-level cache

    final float[] x; // (N rounded up to TILE); what lies beyond N is computed and ignored
    final float[] y;
    final float[] forceX; // Σ_j q²_ij (x_i − x_j), not yet divided by the normaliser
    final float[] forceY;
    private final float[] sums; // Σ_j q_ij, j = i included
    private final int count;

    Repulsion(int count) {
        this.count = count;
        int padded = (count + TILE - 1) / TILE * TILE;
        x = new float[padded];
        y = new float[padded];
        forceX = new float[padded];
        forceY = new float[padded];
        sums = new float[padded];
    }

    /** Computes the forces at the present x, y and returns the normaliser Z = Σ_{i≠j} q_ij. */
    double compute(Workers workers) {
        workers.run(x.length / TILE, this::tile);
        double normaliser = 0;
        for (int i = 0; i < count; i++) normaliser += sums[i] - 1.0;
        return Math.max(normaliser, Double.MIN_NORMAL);
    }

    private void tile(int tile) {
        int from = tile * TILE;
        float[] tileX = Arrays.copyOfRange(x, from, from + TILE);
        float[] tileY = Arrays.copyOfRange(y, from, from + TILE);
        float[] q = new float[TILE];
        float[] fx = new float[TILE];
        float[] fy = new float[TILE];
        for (int j = 0; j < count; j++) add(tileX, tileY, q, fx, fy, x[j], y[j]);
        System.arraycopy(q, 0, sums, from, TILE);
        System.arraycopy(fx, 0, forceX, from, TILE);
        System.arraycopy(fy, 0, forceY, from, TILE);
    }

    /**
     * Adds what point (xj, yj) does to a tile. One point at a time: with two, their twin divisions keep the JIT from
     * forming vectors, which costs a factor of eight.
     */
    private static void add(float[] x, float[] y, float[] sums, float[] fx, float[] fy, float xj, float yj) {
        for (int i = 0; i < TILE; i++) {
            float dx = x[i] - xj;
            float dy = y[i] - yj;
            float q = 1 / (1 + dx * dx + dy * dy);
            float squared = q * q;
            sums[i] += q;
            fx[i] += squared * dx;
            fy[i] += squared * dy;
        }
    }
}
