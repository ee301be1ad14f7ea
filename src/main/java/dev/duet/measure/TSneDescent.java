package dev.duet.measure;

import dev.duet.Workers;
import java.util.Arrays;

/**
 * The gradient descent of t-SNE: momentum, per-coordinate gains (Jacobs 1988, as in van der Maaten's code) and a
 * learning rate of N / 48 (Belkina et al., Nature Communications 10, 2019: N over the exaggeration, for a gradient with
 * its factor 4).
 */
final class TSneDescent {
    static final int EXAGGERATED_ITERATIONS = 250;
    private static final float EXAGGERATION = 12;
    private static final double LEAST_LEARNING_RATE = 50;
    private static final int ROWS_PER_TASK = 512;

    private final Affinities affinities;
    private final Workers workers;
    private final Repulsion repulsion; // holds the positions
    private final int count;
    private final double learningRate;
    private final float[] attractionX; // Σ_j p_ij q_ij (x_i − x_j), (N)
    private final float[] attractionY;
    private final Axis axisX;
    private final Axis axisY;

    /** @param start first positions, (N, 2) */
    TSneDescent(Affinities affinities, float[] start, Workers workers) {
        this.affinities = affinities;
        this.workers = workers;
        count = start.length / 2;
        repulsion = new Repulsion(count);
        attractionX = new float[count];
        attractionY = new float[count];
        axisX = new Axis(count);
        axisY = new Axis(count);
        learningRate = Math.max(count / (4 * EXAGGERATION), LEAST_LEARNING_RATE);
        for (int i = 0; i < count; i++) {
            repulsion.x[i] = start[2 * i];
            repulsion.y[i] = start[2 * i + 1];
        }
    }

    /** One gradient step: dKL/dy_i = 4 Σ_j (p_ij − q_ij / Z) q_ij (y_i − y_j). */
    void step(boolean exaggerated) {
        double normaliser = repulsion.compute(workers);
        workers.run((count + ROWS_PER_TASK - 1) / ROWS_PER_TASK, this::attract);
        double pull = 4 * (exaggerated ? EXAGGERATION : 1);
        double push = 4 / normaliser;
        double momentum = exaggerated ? 0.5 : 0.8;
        axisX.move(repulsion.x, attractionX, pull, repulsion.forceX, push, momentum, learningRate);
        axisY.move(repulsion.y, attractionY, pull, repulsion.forceY, push, momentum, learningRate);
    }

    private void attract(int task) {
        float[] x = repulsion.x;
        float[] y = repulsion.y;
        int end = Math.min(count, (task + 1) * ROWS_PER_TASK);
        for (int i = task * ROWS_PER_TASK; i < end; i++) {
            float sumX = 0;
            float sumY = 0;
            for (int e = affinities.starts[i]; e < affinities.starts[i + 1]; e++) {
                float dx = x[i] - x[affinities.columns[e]];
                float dy = y[i] - y[affinities.columns[e]];
                float weight = affinities.values[e] / (1 + dx * dx + dy * dy);
                sumX += weight * dx;
                sumY += weight * dy;
            }
            attractionX[i] = sumX;
            attractionY[i] = sumY;
        }
    }

    /** Σ p ln(p Z / q) at the present positions, nats. */
    double klNats() {
        double normaliser = repulsion.compute(workers);
        double logNormaliser = StrictMath.log(normaliser);
        double[] rows = new double[count];
        workers.run((count + ROWS_PER_TASK - 1) / ROWS_PER_TASK, task -> {
            int end = Math.min(count, (task + 1) * ROWS_PER_TASK);
            for (int i = task * ROWS_PER_TASK; i < end; i++) rows[i] = klOfRow(i, logNormaliser);
        });
        return Arrays.stream(rows).reduce(0, Double::sum);
    }

    private double klOfRow(int i, double logNormaliser) {
        double sum = 0;
        for (int e = affinities.starts[i]; e < affinities.starts[i + 1]; e++) {
            double p = affinities.values[e];
            if (p == 0) continue; // p ln p → 0
            double dx = repulsion.x[i] - repulsion.x[affinities.columns[e]];
            double dy = repulsion.y[i] - repulsion.y[affinities.columns[e]];
            sum += p * (StrictMath.log(p * (1 + dx * dx + dy * dy)) + logNormaliser);
        }
        return sum;
    }

    /** The present positions, (N, 2), a copy. */
    Points embedding() {
        float[] out = new float[2 * count];
        for (int i = 0; i < count; i++) {
            out[2 * i] = repulsion.x[i];
            out[2 * i + 1] = repulsion.y[i];
        }
        return Points.of(out, count, 2);
    }

    /** The optimiser's state along one axis of the plane. */
    private static final class Axis {
        private final float[] update; // (N)
        private final float[] gains; // (N)

        Axis(int count) {
            update = new float[count];
            gains = new float[count];
            Arrays.fill(gains, 1);
        }

        void move(
                float[] position,
                float[] attraction,
                double pull,
                float[] force,
                double push,
                double momentum,
                double learningRate) {
            double mean = 0;
            for (int i = 0; i < update.length; i++) {
                double gradient = pull * attraction[i] - push * force[i];
                boolean onward = gradient * update[i] < 0; // still downhill
                gains[i] = Math.max(0.01f, onward ? gains[i] + 0.2f : gains[i] * 0.8f);
                update[i] = (float) (momentum * update[i] - learningRate * gains[i] * gradient);
                position[i] += update[i];
                mean += position[i];
            }
            mean /= update.length;
            for (int i = 0; i < update.length; i++) position[i] = (float) (position[i] - mean);
        }
    }
}
