package dev.duet.measure;

import dev.duet.DuetException;
import dev.duet.Workers;
import java.util.Arrays;

/**
 * What a linear classifier can read from codes: multinomial logistic regression on standardised codes,
 * min (1/N) Σ_n −log softmax(W x_n + b)[y_n] + ½ λ |W|², by L-BFGS to its one minimum. Deterministic, without a seed.
 */
public final class LinearProbe {
    private static final int CHUNK = 256; // rows whose gradients are summed by one thread
    /** Variance of equal coordinates that rounding of their mean may leave, over the mean's square. */
    private static final double ROUNDING = 1e-24;

    /**
     * @param penalty λ, nats per squared weight, 0 or more; b is free of it
     * @param iterations at most
     * @param tolerance largest component of the gradient that ends the fit
     * @param threads number of threads, 0 for all cores; the result does not depend on it
     */
    public record Settings(double penalty, int iterations, double tolerance, int threads) {
        /** λ = 1e-4, at most 500 iterations, 1e-6, all cores. */
        public static Settings defaults() {
            return new Settings(1e-4, 500, 1e-6, 0);
        }

        public Settings {
            if (!(penalty >= 0) || iterations < 1 || !(tolerance >= 0)) {
                throw new DuetException("linear probe: expected a penalty and tolerance of 0 or more and at least 1"
                        + " iteration, got " + penalty + ", " + tolerance + " and " + iterations);
            }
        }
    }

    private final int classes; // K
    private final Settings settings;
    private final double[] mean; // (Z) of the training codes
    private final double[] scale; // (Z) 1 / standard deviation, 0 where there is none
    private final Lbfgs.Minimum minimum; // of W and b, (K, Z + 1)

    /**
     * Fits the probe; time grows as N·K·Z per iteration.
     *
     * @param codes (N, Z)
     * @param labels class of each, (N), in [0, classes)
     * @throws DuetException if there is no code, a coordinate is not finite, a label is no class or their number differs
     */
    public LinearProbe(Points codes, byte[] labels, int classes, Settings settings) {
        requireLabels("training", codes.requireFinite("linear probe training codes"), labels, classes);
        if (codes.count() == 0) throw new DuetException("linear probe: expected at least 1 training code, got none");
        this.classes = classes;
        this.settings = settings;
        mean = Pca.mean(codes);
        scale = scale(codes, mean);
        double[][] rows = standardised(codes);
        try (Workers workers = new Workers(settings.threads)) {
            minimum = Lbfgs.minimise(
                    (weights, gradient) -> loss(rows, labels, weights, gradient, workers),
                    new double[classes * (mean.length + 1)],
                    settings.iterations,
                    settings.tolerance);
        }
    }

    /** Iterations that the fit took. */
    public int iterations() {
        return minimum.iterations();
    }

    /** Whether the fit reached its tolerance. */
    public boolean converged() {
        return minimum.converged();
    }

    /** The penalised mean cross-entropy on the training codes, nats. */
    public double loss() {
        return minimum.value();
    }

    /** The likeliest class of each code, (M); of equals the smaller. @throws DuetException if the width differs */
    public int[] predict(Points codes) {
        if (codes.width() != mean.length) {
            throw new DuetException("linear probe: expected codes of " + mean.length
                    + " coordinates like the training codes, got " + codes.width());
        }
        double[][] rows = standardised(codes.requireFinite("linear probe test codes"));
        int[] out = new int[rows.length];
        double[] logits = new double[classes];
        for (int n = 0; n < rows.length; n++) {
            logits(rows[n], minimum.x(), logits);
            for (int k = 1; k < classes; k++) if (logits[k] > logits[out[n]]) out[n] = k;
        }
        return out;
    }

    /** As {@link #predict}, counted against the true {@code labels}, (M). */
    public ConfusionMatrix evaluate(Points codes, byte[] labels) {
        requireLabels("test", codes, labels, classes);
        int[] predicted = predict(codes);
        ConfusionMatrix matrix = new ConfusionMatrix(classes);
        for (int i = 0; i < predicted.length; i++) matrix.add(labels[i], predicted[i]);
        return matrix;
    }

    /** The loss at {@code weights} and its gradient, (K, Z + 1); chunks are summed in their order. */
    private double loss(double[][] rows, byte[] labels, double[] weights, double[] gradient, Workers workers) {
        int chunks = (rows.length + CHUNK - 1) / CHUNK;
        double[][] gradients = new double[chunks][];
        double[] losses = new double[chunks];
        workers.run(chunks, chunk -> {
            gradients[chunk] = new double[weights.length];
            int to = Math.min(rows.length, (chunk + 1) * CHUNK);
            losses[chunk] = crossEntropy(rows, labels, weights, chunk * CHUNK, to, gradients[chunk]);
        });
        double loss = 0;
        Arrays.fill(gradient, 0);
        for (int chunk = 0; chunk < chunks; chunk++) {
            loss += losses[chunk];
            for (int i = 0; i < gradient.length; i++) gradient[i] += gradients[chunk][i];
        }
        double squares = 0;
        int columns = mean.length + 1;
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] /= rows.length;
            if (i % columns == mean.length) continue; // b
            squares += weights[i] * weights[i];
            gradient[i] += settings.penalty * weights[i];
        }
        return loss / rows.length + settings.penalty / 2 * squares;
    }

    /** Σ −log softmax(logits)[y] of rows [from, to), by a log-sum-exp; adds its gradient, (softmax − onehot) xᵀ. */
    private double crossEntropy(double[][] rows, byte[] labels, double[] weights, int from, int to, double[] gradient) {
        double loss = 0;
        double[] logits = new double[classes];
        int columns = mean.length + 1;
        for (int n = from; n < to; n++) {
            logits(rows[n], weights, logits);
            double largest = Arrays.stream(logits).max().orElseThrow();
            double sum = 0;
            for (double logit : logits) sum += Math.exp(logit - largest);
            loss += largest + Math.log(sum) - logits[labels[n]];
            for (int k = 0; k < classes; k++) {
                double error = Math.exp(logits[k] - largest) / sum - (k == labels[n] ? 1 : 0);
                for (int d = 0; d < columns; d++) gradient[k * columns + d] += error * rows[n][d];
            }
        }
        return loss;
    }

    private static void logits(double[] row, double[] weights, double[] out) {
        for (int k = 0; k < out.length; k++) {
            double sum = 0;
            for (int d = 0; d < row.length; d++) sum += weights[k * row.length + d] * row[d];
            out[k] = sum;
        }
    }

    /** (N, Z + 1): standardised coordinates and a 1 for b. */
    private double[][] standardised(Points codes) {
        double[][] rows = new double[codes.count()][mean.length + 1];
        for (int n = 0; n < rows.length; n++) {
            for (int d = 0; d < mean.length; d++) rows[n][d] = (codes.get(n, d) - mean[d]) * scale[d];
            rows[n][mean.length] = 1;
        }
        return rows;
    }

    private static double[] scale(Points codes, double[] mean) {
        double[] scale = new double[mean.length];
        for (int d = 0; d < scale.length; d++) {
            double squares = 0;
            for (int n = 0; n < codes.count(); n++) {
                squares += (codes.get(n, d) - mean[d]) * (codes.get(n, d) - mean[d]);
            }
            double variance = squares / codes.count();
            scale[d] = variance <= ROUNDING * mean[d] * mean[d] ? 0 : 1 / Math.sqrt(variance);
        }
        return scale;
    }

    private static void requireLabels(String what, Points codes, byte[] labels, int classes) {
        if (labels.length != codes.count()) {
            throw new DuetException(
                    "linear probe: expected " + codes.count() + " " + what + " labels, got " + labels.length);
        }
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new DuetException("linear probe: expected " + what + " labels in [0, " + (classes - 1) + "], got "
                        + labels[i] + " at index " + i);
            }
        }
    }
}
