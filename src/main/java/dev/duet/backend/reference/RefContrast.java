package dev.duet.backend.reference;

import dev.duet.backend.ContrastSpec;
import dev.duet.backend.Op;
import dev.duet.backend.Rows;
import dev.duet.backend.RowsArguments;
import dev.duet.tensor.Tensor;

/** See {@link dev.duet.backend.Backend#contrast}; equation E16 of docs/design.md. */
final class RefContrast implements Op {
    private final ContrastSpec spec;
    private final UnitRows a;
    private final UnitRows b;
    private final RefTensor terms;
    private final int term;

    RefContrast(ContrastSpec spec, Rows a, Rows b, int columns, Tensor terms, int term) {
        RowsArguments.checkContrast(a, b, columns, terms, term);
        this.spec = spec;
        this.a = new UnitRows(a, columns);
        this.b = new UnitRows(b, columns);
        this.terms = RefTensor.of(terms);
        this.term = term;
    }

    /** Similarities of a group of n rows: (n, n), row of a by row of b. */
    private double[][] similarities(int first, int n) {
        double[][] s = new double[n][n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) s[i][j] = a.dot(first + i, b, first + j) / spec.temperature();
        return s;
    }

    /** log Σ exp along row {@code i}, or along column {@code i}. */
    private static double logSum(double[][] s, int i, boolean column) {
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < s.length; j++) max = Math.max(max, column ? s[j][i] : s[i][j]);
        double sum = 0;
        for (int j = 0; j < s.length; j++) sum += Math.exp((column ? s[j][i] : s[i][j]) - max);
        return max + Math.log(sum);
    }

    @Override
    public void forward() {
        double sum = 0;
        for (int first = 0; first < a.count(); first += spec.group()) {
            int n = Math.min(spec.group(), a.count() - first);
            double[][] s = similarities(first, n);
            for (int i = 0; i < n; i++) sum += 0.5 * (logSum(s, i, false) + logSum(s, i, true)) - s[i][i];
        }
        terms.set(term, sum);
    }

    @Override
    public void backward() {
        for (int first = 0; first < a.count(); first += spec.group()) {
            int n = Math.min(spec.group(), a.count() - first);
            double[][] s = similarities(first, n);
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++) {
                    double slope =
                            0.5 * (Math.exp(s[i][j] - logSum(s, i, false)) + Math.exp(s[i][j] - logSum(s, j, true)))
                                    - (i == j ? 1 : 0);
                    double dCosine = spec.weight() / spec.temperature() * slope;
                    a.addCosineGradient(first + i, b, first + j, dCosine);
                    b.addCosineGradient(first + j, a, first + i, dCosine);
                }
        }
    }
}
