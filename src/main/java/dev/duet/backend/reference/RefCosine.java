package dev.duet.backend.reference;

import dev.duet.backend.Op;
import dev.duet.backend.Rows;
import dev.duet.backend.RowsArguments;
import dev.duet.tensor.Tensor;

/** See {@link dev.duet.backend.Backend#cosine}; equation E17 of docs/design.md. */
final class RefCosine implements Op {
    private final double weight;
    private final UnitRows a;
    private final UnitRows target;
    private final RefTensor terms;
    private final int term;

    RefCosine(double weight, Rows a, Rows target, int columns, Tensor terms, int term) {
        RowsArguments.checkCosine(a, target, columns, terms, term);
        this.weight = weight;
        this.a = new UnitRows(a, columns);
        this.target = new UnitRows(target, columns);
        this.terms = RefTensor.of(terms);
        this.term = term;
    }

    @Override
    public void forward() {
        double sum = 0;
        for (int i = 0; i < a.count(); i++) sum += 1 - a.dot(i, target, i);
        terms.set(term, sum);
    }

    @Override
    public void backward() {
        for (int i = 0; i < a.count(); i++) a.addCosineGradient(i, target, i, -weight);
    }
}
