package dev.duet.backend;

import dev.duet.DuetException;
import dev.duet.tensor.Tensor;

/** What the kernels of {@link Backend#contrast} and {@link Backend#cosine} rely on. */
public final class RowsArguments {
    private RowsArguments() {}

    /** Whether the arguments of {@link Backend#contrast} fit together. */
    public static void checkContrast(Rows a, Rows b, int columns, Tensor terms, int term) {
        check("contrast", a, b, columns, terms, term);
        if (a.overlaps(b)) {
            throw new DuetException("contrast of " + a + " with " + b
                    + ": expected two sides without a common row; give the rows of two modalities or subsets");
        }
    }

    /** Whether the arguments of {@link Backend#cosine} fit together. */
    public static void checkCosine(Rows a, Rows target, int columns, Tensor terms, int term) {
        check("cosine", a, target, columns, terms, term);
    }

    private static void check(String what, Rows a, Rows b, int columns, Tensor terms, int term) {
        String where = what + " of " + a + " with " + b + ": expected ";
        if (a.count() != b.count()) throw new DuetException(where + "as many rows of each; pair them one to one");
        int most = Math.min(a.columns(), b.columns());
        if (columns < 1 || columns > most) {
            throw new DuetException(where + "1 to " + most + " columns, got " + columns);
        }
        if (term < 0 || term >= terms.shape().size()) {
            throw new DuetException(
                    where + "room for term " + term + " in '" + terms.name() + "', got " + terms.shape());
        }
    }
}
