package dev.duet.measure;

/**
 * log((1/K) Σ exp l_k) of numbers given one after another, with the largest so far taken out, and how evenly they carry it.
 * Not safe for use by several threads at once.
 */
final class LogMeanExp {
    private double largest = Double.NEGATIVE_INFINITY;
    private double sum; // Σ exp(l − largest)
    private double squares; // Σ exp(2 (l − largest))
    private long count;

    /** Takes in {@code l}; −∞ is a weight of 0. */
    void add(double l) {
        count++;
        if (l == Double.NEGATIVE_INFINITY) return;
        if (l > largest) {
            double shrink = Math.exp(largest - l);
            sum *= shrink;
            squares *= shrink * shrink;
            largest = l;
        }
        double weight = Math.exp(l - largest); // NaN stays
        sum += weight;
        squares += weight * weight;
    }

    /** K. */
    long count() {
        return count;
    }

    /** NaN without numbers; −∞ if all were. */
    double value() {
        return count == 0 ? Double.NaN : largest + Math.log(sum / count);
    }

    /** (Σ w)² / Σ w², 1 … K: how many equal weights would be worth as much (Kong 1992); NaN without any weight. */
    double effectiveCount() {
        return sum * sum / squares;
    }
}
