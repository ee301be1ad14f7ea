package dev.duet.measure;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Minimises a smooth convex function by limited-memory BFGS (Nocedal and Wright, "Numerical Optimization", algorithms 7.4 and
 * 7.5), with steps halved until they descend enough.
 */
final class Lbfgs {
    private static final int MEMORY = 10; // pairs of differences kept
    private static final double ENOUGH = 1e-4; // share of the predicted descent (Armijo)
    private static final int MOST_HALVINGS = 40;

    private Lbfgs() {}

    /** A function of (D) numbers. */
    interface Objective {
        /** Returns the value at {@code x} and writes the gradient, (D). */
        double evaluate(double[] x, double[] gradient);
    }

    /**
     * @param x where it is least, (D)
     * @param value there
     * @param iterations made
     * @param converged whether no component of the gradient exceeds the tolerance
     */
    record Minimum(double[] x, double value, int iterations, boolean converged) {}

    /** s = change of x, y = change of the gradient, rho = 1 / sᵀy. */
    private record Change(double[] s, double[] y, double rho) {}

    /**
     * @param start (D), left as it is
     * @param iterations at most
     * @param tolerance largest component of the gradient that ends it
     */
    static Minimum minimise(Objective objective, double[] start, int iterations, double tolerance) {
        double[] x = start.clone();
        double[] gradient = new double[x.length];
        double value = objective.evaluate(x, gradient);
        Deque<Change> changes = new ArrayDeque<>(); // the newest first
        for (int i = 0; i < iterations; i++) {
            if (largest(gradient) <= tolerance) return new Minimum(x, value, i, true);
            double[] direction = direction(gradient, changes);
            double slope = dot(gradient, direction);
            double step = changes.isEmpty() ? 1 / Math.max(1, Math.sqrt(-slope)) : 1;
            double[] next = new double[x.length];
            double[] nextGradient = new double[x.length];
            double nextValue = Double.NaN;
            int halvings = 0;
            for (; halvings < MOST_HALVINGS; halvings++, step /= 2) {
                for (int d = 0; d < x.length; d++) next[d] = x[d] + step * direction[d];
                nextValue = objective.evaluate(next, nextGradient);
                if (nextValue <= value + ENOUGH * step * slope) break;
            }
            if (halvings == MOST_HALVINGS) return new Minimum(x, value, i, false); // down to rounding
            remember(changes, difference(next, x), difference(nextGradient, gradient));
            x = next;
            gradient = nextGradient;
            value = nextValue;
        }
        return new Minimum(x, value, iterations, largest(gradient) <= tolerance);
    }

    /** −H g, H being the inverse Hessian that the changes imply. */
    private static double[] direction(double[] gradient, Deque<Change> changes) {
        double[] q = gradient.clone();
        double[] alphas = new double[changes.size()];
        int i = 0;
        for (Change change : changes) {
            alphas[i] = change.rho * dot(change.s, q);
            addScaled(change.y, -alphas[i++], q);
        }
        double scale = -1;
        if (!changes.isEmpty()) {
            Change newest = changes.getFirst();
            scale = -1 / (newest.rho * dot(newest.y, newest.y));
        }
        for (int d = 0; d < q.length; d++) q[d] *= scale;
        for (var oldest = changes.descendingIterator(); oldest.hasNext(); ) {
            Change change = oldest.next();
            // q is −r of the book, hence the signs.
            addScaled(change.s, -alphas[--i] - change.rho * dot(change.y, q), q);
        }
        return q;
    }

    private static void remember(Deque<Change> changes, double[] s, double[] y) {
        double curvature = dot(s, y);
        if (curvature <= 0) return; // rounding; it would spoil the approximation
        if (changes.size() == MEMORY) changes.removeLast();
        changes.addFirst(new Change(s, y, 1 / curvature));
    }

    private static double largest(double[] x) {
        double largest = 0;
        for (double value : x) largest = Math.max(largest, Math.abs(value));
        return largest;
    }

    private static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int d = 0; d < x.length; d++) sum += x[d] * y[d];
        return sum;
    }

    private static double[] difference(double[] x, double[] y) {
        double[] out = new double[x.length];
        for (int d = 0; d < x.length; d++) out[d] = x[d] - y[d];
        return out;
    }

    private static void addScaled(double[] x, double factor, double[] sum) {
        for (int d = 0; d < sum.length; d++) sum[d] += factor * x[d];
    }
}
