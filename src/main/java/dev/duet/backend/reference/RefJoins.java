package dev.duet.backend.reference;

import dev.duet.backend.Activation;
import dev.duet.backend.JoinShapes;
import dev.duet.backend.Op;
import dev.duet.tensor.Variable;
import java.util.List;

/** Where variables part and meet. */
final class RefJoins {
    private RefJoins() {}

    static Op fork(Variable x, List<Variable> readers) {
        JoinShapes.checkFork(x, readers);
        return new Op() {
            @Override
            public void forward() {}

            @Override
            public void backward() {
                if (x.grad() == null) return;
                RefTensor dx = RefTensor.of(x.grad());
                dx.fill(0);
                for (Variable reader : readers)
                    for (int i = 0; i < dx.shape().size(); i++)
                        dx.add(i, RefTensor.of(reader.grad()).get(i));
            }
        };
    }

    static Op add(Variable a, Variable b, Activation activation, Variable y) {
        JoinShapes.checkAdd(a, b, y);
        RefTensor sum = RefTensor.of(y.value());
        return new Op() {
            @Override
            public void forward() {
                for (int i = 0; i < sum.shape().size(); i++) {
                    double value = RefTensor.of(a.value()).get(i)
                            + RefTensor.of(b.value()).get(i);
                    sum.set(i, activation == Activation.RELU ? Math.max(0, value) : value);
                }
            }

            @Override
            public void backward() {
                for (int i = 0; i < sum.shape().size(); i++) {
                    boolean gated = activation == Activation.RELU && sum.get(i) <= 0;
                    double d = gated ? 0 : RefTensor.of(y.grad()).get(i);
                    if (a.grad() != null) RefTensor.of(a.grad()).set(i, d);
                    if (b.grad() != null) RefTensor.of(b.grad()).set(i, d);
                }
            }
        };
    }

    static Op concat(List<Variable> parts, Variable y) {
        JoinShapes.checkConcat(parts, y);
        return new Op() {
            @Override
            public void forward() {
                forEach((part, from, to) -> RefTensor.of(y.value())
                        .set(to, RefTensor.of(part.value()).get(from)));
            }

            @Override
            public void backward() {
                forEach((part, from, to) -> {
                    if (part.grad() != null)
                        RefTensor.of(part.grad())
                                .set(from, RefTensor.of(y.grad()).get(to));
                });
            }

            private void forEach(Element element) {
                int first = 0; // column of y
                for (Variable part : parts) {
                    int columns = part.shape().get(1);
                    for (int i = 0; i < part.shape().size(); i++)
                        element.at(part, i, i / columns * y.shape().get(1) + first + i % columns);
                    first += columns;
                }
            }
        };
    }

    /** Element {@code from} of a part, which is element {@code to} of the whole. */
    private interface Element {
        void at(Variable part, int from, int to);
    }
}
