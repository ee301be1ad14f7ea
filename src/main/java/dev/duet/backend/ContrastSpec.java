package dev.duet.backend;

import dev.duet.DuetException;

/**
 * InfoNCE both ways between paired rows (docs/design.md, E16).
 *
 * @param temperature τ that cosines are divided by, above 0
 * @param group consecutive rows that are told apart from each other, at least 1; 1 gives 0 without a gradient
 * @param weight of the term in the loss
 */
public record ContrastSpec(double temperature, int group, double weight) {
    /** @throws DuetException naming the number that is out of its range */
    public ContrastSpec {
        if (!(temperature > 0)) {
            throw new DuetException("contrast, temperature: expected above 0, got " + temperature + "; try 0.1");
        }
        if (group < 1) {
            throw new DuetException("contrast, group: expected at least 1 row, got " + group + "; try the batch size");
        }
    }
}
