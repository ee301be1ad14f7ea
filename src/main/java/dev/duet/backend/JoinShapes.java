package dev.duet.backend;

import dev.duet.DuetException;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;

/** Whether the tensors of the ops between layers – dropout, fork, add, concat – fit each other; the kernels rely on it. */
public final class JoinShapes {
    private JoinShapes() {}

    /** @throws ShapeMismatch or DuetException unless the arguments of {@link Backend#dropout} fit */
    public static void checkDropout(int firstRow, Variable x, Variable y) {
        requireFeatures("dropout", x.value());
        if (firstRow < 0) throw new DuetException("dropout: expected a first row of at least 0, got " + firstRow);
        ShapeMismatch.check("dropout output", y.value(), x.shape());
    }

    /** @throws DuetException unless the arguments of {@link Backend#fork} fit */
    public static void checkFork(Variable x, List<Variable> readers) {
        String where = "fork of tensor '" + x.value().name() + "'";
        if (readers.isEmpty()) throw new DuetException(where + ": expected at least one reader, got none");
        for (int i = 0; i < readers.size(); i++) {
            if (readers.get(i).value() != x.value()) {
                throw new DuetException(where + ": expected reader " + i + " to share its value, got '"
                        + readers.get(i).value().name() + "'; make readers with Backend.reader");
            }
            Tensor gradient = readers.get(i).grad();
            if (x.grad() == null) continue;
            boolean own = gradient != null && gradient != x.grad();
            for (int j = 0; j < i; j++) own &= readers.get(j).grad() != gradient;
            if (!own) {
                throw new DuetException(where + ": expected reader " + i + " to have a gradient of its own, got "
                        + (gradient == null ? "none" : "another's") + "; make readers with Backend.reader");
            }
            ShapeMismatch.check(where, gradient, x.shape());
        }
    }

    /** @throws ShapeMismatch unless the arguments of {@link Backend#add} fit */
    public static void checkAdd(Variable a, Variable b, Variable y) {
        ShapeMismatch.check("add, second summand", b.value(), a.shape());
        ShapeMismatch.check("add, sum", y.value(), a.shape());
    }

    /** @throws ShapeMismatch or DuetException unless the arguments of {@link Backend#concat} fit */
    public static void checkConcat(List<Variable> parts, Variable y) {
        if (parts.isEmpty()) throw new DuetException("concat: expected at least one part, got none");
        int rows = y.shape().get(0);
        int columns = 0;
        for (Variable part : parts) {
            Shape shape = part.shape();
            ShapeMismatch.check("concat, part", part.value(), Shape.of(rows, shape.get(shape.rank() - 1)));
            columns += shape.get(1);
        }
        ShapeMismatch.check("concat", y.value(), Shape.of(rows, columns));
    }

    private static void requireFeatures(String op, Tensor x) {
        int rank = x.shape().rank();
        if (rank == 2 || rank == 4) return;
        throw new DuetException(
                op + " of tensor '" + x.name() + "': expected images (B,C,H,W) or rows (B,F), got " + x.shape());
    }
}
