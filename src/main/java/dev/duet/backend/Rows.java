package dev.duet.backend;

import dev.duet.DuetException;
import dev.duet.tensor.Variable;

/**
 * Consecutive rows of a variable (B, F).
 *
 * @param first number of the first of them
 * @param count how many, at least 1
 */
public record Rows(Variable of, int first, int count) {
    /** @throws DuetException unless the variable is of rank 2 and has these rows */
    public Rows {
        if (of.shape().rank() != 2
                || first < 0
                || count < 1
                || first > of.shape().get(0) - count) {
            throw new DuetException("rows of tensor '" + of.value().name() + "' " + of.shape()
                    + ": expected rows of a tensor (B, F), got " + count + " from row " + first + " on");
        }
    }

    /** Columns of the whole variable. */
    public int columns() {
        return of.shape().get(1);
    }

    /** Number of the first element in the variable. */
    public int offset() {
        return first * columns();
    }

    /** Whether a row is of both. */
    public boolean overlaps(Rows other) {
        return of.value() == other.of.value() && first < other.first + other.count && other.first < first + count;
    }

    @Override
    public String toString() {
        return "rows " + first + " to " + (first + count - 1) + " of tensor '"
                + of.value().name() + "' " + of.shape();
    }
}
