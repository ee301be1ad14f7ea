package dev.duet.measure;

import java.util.Arrays;

/** The k nearest of a row of distances, nearest first; of equal distances the smaller index comes first. */
final class Nearest {
    final int[] indices; // (k)
    final float[] distances; // (k), squared, ascending

    Nearest(int k) {
        indices = new int[k];
        distances = new float[k];
    }

    /**
     * Selects from {@code row} of squared distances, (N), N ≥ k (k + 1 where one is left out).
     *
     * @param without index to leave out (a point is no neighbour of itself), or −1
     */
    void select(float[] row, int without) {
        Arrays.fill(distances, Float.POSITIVE_INFINITY);
        Arrays.fill(indices, -1);
        int last = distances.length - 1;
        for (int j = 0; j < row.length; j++) {
            if ((row[j] < distances[last] || indices[last] < 0) && j != without) insert(row[j], j);
        }
    }

    private void insert(float distance, int index) {
        int slot = distances.length - 1;
        while (slot > 0 && (indices[slot - 1] < 0 || distance < distances[slot - 1])) {
            distances[slot] = distances[slot - 1];
            indices[slot] = indices[slot - 1];
            slot--;
        }
        distances[slot] = distance;
        indices[slot] = index;
    }
}
