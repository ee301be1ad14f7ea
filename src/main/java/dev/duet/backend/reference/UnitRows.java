package dev.duet.backend.reference;

import dev.duet.backend.Rows;

/** Rows by their first columns, each divided by its length; one no longer than 1e-6 counts as zero, and stays as it is. */
final class UnitRows {
    private static final double SHORTEST = 1e-6;

    private final Rows rows;
    private final int columns;
    private final RefTensor value; // (B, F)
    private final RefTensor grad; // or null

    UnitRows(Rows rows, int columns) {
        this.rows = rows;
        this.columns = columns;
        value = RefTensor.of(rows.of().value());
        grad = RefTensor.orNull(rows.of().grad());
    }

    int count() {
        return rows.count();
    }

    private int at(int row, int column) {
        return rows.offset() + row * rows.columns() + column;
    }

    /** 1 / length, or 0 for a zero row. */
    private double inverseNorm(int row) {
        double square = 0;
        for (int k = 0; k < columns; k++) square += Math.pow(value.get(at(row, k)), 2);
        return square > SHORTEST * SHORTEST ? 1 / Math.sqrt(square) : 0;
    }

    private double unit(int row, int column) {
        return value.get(at(row, column)) * inverseNorm(row);
    }

    /** Cosine of the angle between two rows; 0 where one is zero. */
    double dot(int row, UnitRows other, int otherRow) {
        double sum = 0;
        for (int k = 0; k < columns; k++) sum += unit(row, k) * other.unit(otherRow, k);
        return sum;
    }

    /** Adds {@code dCosine} times the gradient of {@link #dot} to that of this row, if it has one. */
    void addCosineGradient(int row, UnitRows other, int otherRow, double dCosine) {
        if (grad == null) return;
        double cosine = dot(row, other, otherRow);
        for (int k = 0; k < columns; k++) {
            double d = (other.unit(otherRow, k) - cosine * unit(row, k)) * inverseNorm(row);
            grad.add(at(row, k), dCosine * d);
        }
    }
}
