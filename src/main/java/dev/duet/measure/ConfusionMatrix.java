package dev.duet.measure;

import dev.duet.DuetException;

/** How often each true class was taken for each class. Not safe for use by several threads at once. */
public final class ConfusionMatrix {
    private final long[][] counts; // (true class, predicted class)

    /** An empty matrix. @throws DuetException if {@code classes} is not positive */
    public ConfusionMatrix(int classes) {
        if (classes < 1) throw new DuetException("confusion matrix: expected at least 1 class, got " + classes);
        counts = new long[classes][classes];
    }

    /** Counts one decision. @throws DuetException if either is not a class index */
    public void add(int truth, int predicted) {
        counts[requireClass(truth)][requireClass(predicted)]++;
    }

    /** Number of classes. */
    public int classes() {
        return counts.length;
    }

    /** How often {@code truth} was taken for {@code predicted}. */
    public long count(int truth, int predicted) {
        return counts[truth][predicted];
    }

    /** Decisions in all. */
    public long total() {
        long sum = 0;
        for (int c = 0; c < classes(); c++) sum += total(c);
        return sum;
    }

    /** Decisions about members of class {@code truth}. */
    public long total(int truth) {
        long sum = 0;
        for (long count : counts[truth]) sum += count;
        return sum;
    }

    /** Share of right decisions over all, with its interval. */
    public Confidence accuracy() {
        long right = 0;
        for (int c = 0; c < classes(); c++) right += counts[c][c];
        return Confidence.wilson(right, total());
    }

    /** Share of right decisions about members of class {@code truth} (its recall), with its interval. */
    public Confidence accuracy(int truth) {
        return Confidence.wilson(counts[truth][truth], total(truth));
    }

    /** Mean of the per-class accuracies over the classes that occurred, in [0, 1]; NaN if none did. */
    public double macroAccuracy() {
        double sum = 0;
        int seen = 0;
        for (int c = 0; c < classes(); c++) {
            if (total(c) == 0) continue;
            sum += accuracy(c).estimate();
            seen++;
        }
        return sum / seen;
    }

    private int requireClass(int index) {
        if (index < 0 || index >= classes()) {
            throw new DuetException("confusion matrix: expected a class in [0, " + (classes() - 1) + "], got " + index);
        }
        return index;
    }
}
