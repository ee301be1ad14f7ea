package dev.duet.measure;

import dev.duet.DuetException;

/**
 * A proportion with its 95 % interval by Wilson, "Probable inference, the law of succession, and statistical inference"
 * (JASA 22, 1927), which stays inside [0, 1] and is honest near 0 and 1.
 *
 * @param successes how often the event occurred
 * @param trials how many were tried, n
 * @param estimate successes / trials, in [0, 1]; NaN without trials
 * @param low lower end, in [0, 1]
 * @param high upper end, in [0, 1]
 */
public record Confidence(long successes, long trials, double estimate, double low, double high) {
    /** The 97.5 % quantile of the standard normal. */
    private static final double Z = 1.959963984540054;

    /**
     * The interval of {@code successes} out of {@code trials}; [0, 1] if there were none.
     *
     * @throws DuetException unless 0 ≤ successes ≤ trials
     */
    public static Confidence wilson(long successes, long trials) {
        if (successes < 0 || successes > trials) {
            throw new DuetException("Wilson interval: expected 0 ≤ successes ≤ trials, got " + successes
                    + " successes of " + trials + " trials");
        }
        if (trials == 0) return new Confidence(0, 0, Double.NaN, 0, 1);
        double n = trials;
        double p = successes / n;
        double shrink = 1 + Z * Z / n;
        double centre = (p + Z * Z / (2 * n)) / shrink;
        double half = Z * Math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / shrink;
        // At 0 and n one end is exact; rounding must not move it.
        double low = successes == 0 ? 0 : centre - half;
        double high = successes == trials ? 1 : centre + half;
        return new Confidence(successes, trials, p, low, high);
    }
}
