package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.Workers;
import org.junit.jupiter.api.Test;

class AffinitiesTest {
    private static final int COUNT = 40;

    /** With all points as neighbours they are the dense p_ij of the paper, here computed plainly in double. */
    @Test
    void withAllNeighboursTheyAreThoseOfThePaper() {
        Points points = CurvedClasses.noise(COUNT, 3, 4);
        double[][] expected = new double[COUNT][COUNT];
        for (int i = 0; i < COUNT; i++) {
            double[] conditional = conditional(points, i, 10);
            for (int j = 0; j < COUNT; j++) {
                expected[i][j] += conditional[j] / (2 * COUNT);
                expected[j][i] += conditional[j] / (2 * COUNT);
            }
        }
        double[][] actual = dense(points, COUNT - 1, 10);
        for (int i = 0; i < COUNT; i++) {
            for (int j = 0; j < COUNT; j++) {
                assertThat(actual[i][j]).isCloseTo(expected[i][j], within(1e-8 + 1e-4 * expected[i][j]));
            }
        }
    }

    @Test
    void sparseOnesAreSymmetricAndSumToOne() {
        double[][] actual = dense(CurvedClasses.noise(COUNT, 3, 5), 12, 4);
        double sum = 0;
        for (int i = 0; i < COUNT; i++) {
            for (int j = 0; j < COUNT; j++) {
                assertThat(actual[i][j]).isCloseTo(actual[j][i], within(1e-9));
                sum += actual[i][j];
            }
        }
        assertThat(sum).isCloseTo(1, within(1e-6));
    }

    /** Four copies of each point: more equal nearest distances than the perplexity asks for. */
    @Test
    void copiesShareTheWeightEvenly() {
        float[] values = new float[COUNT];
        for (int i = 0; i < COUNT; i++) values[i] = Math.floorDiv(i, 4);
        double[][] actual = dense(Points.of(values, COUNT, 1), 6, 2);
        assertThat(actual[0][1]).isCloseTo(1.0 / 3 / COUNT, within(1e-8));
        assertThat(actual[0][4]).isCloseTo(0, within(1e-8));
    }

    private static double[][] dense(Points points, int neighbours, double perplexity) {
        double[][] out = new double[points.count()][points.count()];
        try (Workers workers = new Workers(2)) {
            Affinities affinities = Affinities.of(points, neighbours, perplexity, workers);
            for (int i = 0; i < out.length; i++) {
                for (int e = affinities.starts[i]; e < affinities.starts[i + 1]; e++) {
                    out[i][affinities.columns[e]] += affinities.values[e];
                }
            }
        }
        return out;
    }

    private static double[] conditional(Points points, int i, double perplexity) {
        double low = 0;
        double high = 1000;
        double[] p = new double[points.count()];
        for (int step = 0; step < 100; step++) {
            double beta = (low + high) / 2;
            double sum = 0;
            for (int j = 0; j < p.length; j++) {
                p[j] = j == i ? 0 : Math.exp(-beta * squared(points, i, j));
                sum += p[j];
            }
            double entropy = 0;
            for (int j = 0; j < p.length; j++) {
                p[j] /= sum;
                if (p[j] > 0) entropy -= p[j] * Math.log(p[j]);
            }
            if (entropy > Math.log(perplexity)) low = beta;
            else high = beta;
        }
        return p;
    }

    private static double squared(Points points, int i, int j) {
        double sum = 0;
        for (int d = 0; d < points.width(); d++) sum += Math.pow(points.get(i, d) - points.get(j, d), 2);
        return sum;
    }
}
