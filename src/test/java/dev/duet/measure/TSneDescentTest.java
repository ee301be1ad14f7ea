package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.Workers;
import org.junit.jupiter.api.Test;

class TSneDescentTest {
    private static final int COUNT = 300; // more than a tile, and not a multiple of it

    @Test
    void repulsionAgreesWithTheDefinition() {
        Points points = CurvedClasses.noise(COUNT, 2, 6);
        Repulsion repulsion = new Repulsion(COUNT);
        for (int i = 0; i < COUNT; i++) {
            repulsion.x[i] = points.get(i, 0);
            repulsion.y[i] = points.get(i, 1);
        }
        double normaliser;
        try (Workers workers = new Workers(2)) {
            normaliser = repulsion.compute(workers);
        }
        double expected = 0;
        for (int i = 0; i < COUNT; i++) {
            double forceX = 0;
            for (int j = 0; j < COUNT; j++) {
                if (i == j) continue;
                double q = q(points, i, j);
                expected += q;
                forceX += q * q * (points.get(i, 0) - points.get(j, 0));
            }
            assertThat((double) repulsion.forceX[i]).isCloseTo(forceX, within(1e-4));
        }
        assertThat(normaliser).isCloseTo(expected, within(1e-6 * expected));
    }

    /**
     * The first step moves each coordinate by −rate · gain · dKL/dy, gain 0.8 and rate 50 for few points; the derivative
     * is taken by central differences of KL, in double and from the definition.
     */
    @Test
    void theFirstStepFollowsTheDerivativeOfKl() {
        int count = 30;
        Points data = CurvedClasses.noise(count, 4, 7);
        double[] y = new double[2 * count];
        float[] start = new float[2 * count];
        for (int i = 0; i < start.length; i++) {
            start[i] = CurvedClasses.noise(count, 2, 8).get(i / 2, i % 2);
            y[i] = start[i];
        }
        double meanX = 0;
        for (int i = 0; i < count; i++) meanX += y[2 * i] / count;
        try (Workers workers = new Workers(1)) {
            Affinities affinities = Affinities.of(data, count - 1, 5, workers);
            TSneDescent descent = new TSneDescent(affinities, start, workers);
            assertThat(descent.klNats()).isCloseTo(kl(affinities, y), within(1e-5));
            descent.step(false);
            for (int i = 0; i < count; i++) {
                double moved = descent.embedding().get(i, 0) + meanX - y[2 * i];
                double expected = -50 * 0.8 * derivative(affinities, y, 2 * i);
                assertThat(moved).as("point %d", i).isCloseTo(expected, within(1e-5));
            }
        }
    }

    private static double derivative(Affinities affinities, double[] y, int coordinate) {
        double step = 1e-5;
        double[] moved = y.clone();
        moved[coordinate] = y[coordinate] + step;
        double up = kl(affinities, moved);
        moved[coordinate] = y[coordinate] - step;
        return (up - kl(affinities, moved)) / (2 * step);
    }

    private static double kl(Affinities affinities, double[] y) {
        int count = y.length / 2;
        double normaliser = 0;
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < count; j++) normaliser += i == j ? 0 : q(y, i, j);
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            for (int e = affinities.starts[i]; e < affinities.starts[i + 1]; e++) {
                double p = affinities.values[e];
                sum += p * Math.log(p * normaliser / q(y, i, affinities.columns[e]));
            }
        }
        return sum;
    }

    private static double q(double[] y, int i, int j) {
        double dx = y[2 * i] - y[2 * j];
        double dy = y[2 * i + 1] - y[2 * j + 1];
        return 1 / (1 + dx * dx + dy * dy);
    }

    private static double q(Points points, int i, int j) {
        double[] four = {points.get(i, 0), points.get(i, 1), points.get(j, 0), points.get(j, 1)};
        return q(four, 0, 1);
    }
}
