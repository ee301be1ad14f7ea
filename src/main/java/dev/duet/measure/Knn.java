package dev.duet.measure;

import dev.duet.DuetException;
import dev.duet.Workers;

/**
 * Classifies points by the majority of their k nearest training points (Euclidean, exact). Of training points at equal
 * distance the smaller index is the nearer; of classes with equal votes that of the nearest neighbour among them wins.
 */
public final class Knn {
    /** The number of neighbours that Duet reports. */
    public static final int DEFAULT_K = 5;

    private final Points train; // (N, D)
    private final byte[] labels; // (N), class index
    private final int classes;
    private final Distances distances;

    /**
     * @param train training points, (N, D); borrowed
     * @param labels class index of each training point, (N), in [0, classes); borrowed
     * @param classes number of classes
     * @throws DuetException if a coordinate is not finite, a label is no class, or their number differs
     */
    public Knn(Points train, byte[] labels, int classes) {
        this.train = train.requireFinite("k-NN training points");
        this.labels = requireLabels("training", labels, train.count(), classes);
        this.classes = classes;
        this.distances = new Distances(train);
    }

    /**
     * The class of each test point, (M).
     *
     * @param test points, (M, D)
     * @param k neighbours that vote, 1 … N
     * @param threads number of threads, 0 for all cores; the result does not depend on it
     * @throws DuetException if the widths differ, a coordinate is not finite, or k is out of range
     */
    public int[] predict(Points test, int k, int threads) {
        requireMatch(test.requireFinite("k-NN test points"), k);
        int[] out = new int[test.count()];
        try (Workers workers = new Workers(threads)) {
            workers.run(Distances.blocks(test.count()), block -> predictBlock(test, k, block, out));
        }
        return out;
    }

    /** As {@link #predict}, counted against the true {@code testLabels}, (M). */
    public ConfusionMatrix evaluate(Points test, byte[] testLabels, int k, int threads) {
        requireLabels("test", testLabels, test.count(), classes);
        int[] predicted = predict(test, k, threads);
        ConfusionMatrix matrix = new ConfusionMatrix(classes);
        for (int i = 0; i < predicted.length; i++) matrix.add(testLabels[i], predicted[i]);
        return matrix;
    }

    private void predictBlock(Points test, int k, int block, int[] out) {
        int[] rows = Distances.rows(block, test.count());
        float[][] row = distances.scratch();
        distances.block(test, rows, row);
        Nearest nearest = new Nearest(k);
        for (int r = 0; r < rows.length; r++) {
            nearest.select(row[r], -1);
            out[rows[r]] = vote(nearest.indices);
        }
    }

    private int vote(int[] neighbours) {
        int[] votes = new int[classes];
        for (int j : neighbours) votes[labels[j]]++;
        int winner = labels[neighbours[0]];
        for (int j : neighbours) {
            if (votes[labels[j]] > votes[winner]) winner = labels[j];
        }
        return winner;
    }

    private void requireMatch(Points test, int k) {
        if (test.width() != train.width()) {
            throw new DuetException("k-NN: expected test points of " + train.width()
                    + " coordinates like the training points, got " + test.width());
        }
        if (k < 1 || k > train.count()) {
            throw new DuetException("k-NN: expected k from 1 to the " + train.count() + " training points, got " + k);
        }
    }

    private static byte[] requireLabels(String what, byte[] labels, int count, int classes) {
        if (labels.length != count) {
            throw new DuetException("k-NN: expected " + count + " " + what + " labels, got " + labels.length);
        }
        for (int i = 0; i < count; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new DuetException("k-NN: expected " + what + " labels in [0, " + (classes - 1) + "], got "
                        + labels[i] + " at index " + i);
            }
        }
        return labels;
    }
}
