package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import dev.duet.measure.Retrieval.Metric;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RetrievalTest {
    /**
     * Gallery on a line: 0 (a), 1 (b), 2 (a), 3 (b), 4 (b). Query 0.1 of a finds a at ranks 1 and 3; query 0.2 of b finds b at
     * 2, 4 and 5.
     */
    @Test
    void ranksAndPrecisionsByHand() {
        Points gallery = Points.of(new float[] {0, 1, 2, 3, 4}, 5, 1);
        byte[] labels = {0, 1, 0, 1, 1};
        Points queries = Points.of(new float[] {0.1f, 0.2f}, 2, 1);
        Retrieval found = Retrieval.measure(queries, new byte[] {0, 1}, gallery, labels, Metric.EUCLIDEAN, 1);
        assertThat(found.recall()).extracting(Retrieval.RecallAt::k).containsExactly(1, 5, 10);
        assertThat(found.recall().get(0).share()).isEqualTo(Confidence.wilson(1, 2));
        assertThat(found.recall().get(1).share().estimate()).isEqualTo(1);
        assertThat(found.meanReciprocalRank()).isCloseTo(0.75, within(1e-12));
        double a = (1 + 2.0 / 3) / 2;
        double b = (1.0 / 2 + 2.0 / 4 + 3.0 / 5) / 3;
        assertThat(found.meanAveragePrecision()).isCloseTo((a + b) / 2, within(1e-12));
        assertThat(found.medianRank()).isEqualTo(1.5);
        assertThat(found.chance()).isCloseTo(0.5, within(1e-12));
        assertThat(found.queries()).isEqualTo(2);
        assertThat(found.gallery()).isEqualTo(5);
    }

    /** (10, 0) is nearer to (9, 3) by distance, but by angle to (0.1, 0). */
    @Test
    void cosineLooksAtTheAngleAlone() {
        Points gallery = Points.of(new float[] {0.1f, 0, 9, 3}, 2, 2);
        Points query = Points.of(new float[] {10, 0}, 1, 2);
        byte[] labels = {0, 1};
        byte[] zero = {0};
        assertThat(Retrieval.measure(query, zero, gallery, labels, Metric.COSINE, 1)
                        .medianRank())
                .isEqualTo(1);
        assertThat(Retrieval.measure(query, zero, gallery, labels, Metric.EUCLIDEAN, 1)
                        .medianRank())
                .isEqualTo(2);
    }

    /** All codes equal, gallery sorted by class: without a random order of equals class 0 would be found always, others never. */
    @Test
    void collapsedCodesScoreAsChanceDoes() {
        int perClass = 40;
        byte[] sorted = new byte[5 * perClass];
        for (int i = 0; i < sorted.length; i++) sorted[i] = (byte) (i / perClass);
        Points same = Points.of(new float[2 * sorted.length], sorted.length, 2);
        for (Metric metric : Metric.values()) {
            Retrieval found = Retrieval.measure(same, sorted, same, sorted, metric, 2);
            assertThat(found.chance()).isCloseTo(0.2, within(1e-12));
            assertThat(found.meanAveragePrecision()).isBetween(0.17, 0.27);
            assertThat(found.recall().get(0).share().estimate()).isCloseTo(0.2, within(1e-12));
        }
    }

    @Test
    void separateClustersAreFoundOnAnyNumberOfThreads() {
        Points a = CurvedClasses.of(300, 8, 10, 1);
        Points b = CurvedClasses.of(200, 8, 10, 1); // of the same curves
        byte[] labels = new byte[300];
        for (int i = 0; i < labels.length; i++) labels[i] = (byte) (i % 10);
        byte[] fewer = Arrays.copyOf(labels, 200);
        Retrieval one = Retrieval.measure(a, labels, b, fewer, Metric.EUCLIDEAN, 1);
        assertThat(one.recall().get(0).share().estimate()).isGreaterThan(0.9);
        assertThat(one.meanAveragePrecision()).isBetween(0.5, 1.0);
        assertThat(Retrieval.measure(a, labels, b, fewer, Metric.EUCLIDEAN, 4)).isEqualTo(one);
    }

    @Test
    void queriesOfOtherClassesAreLeftOutAndMismatchesRefused() {
        Points two = Points.of(new float[] {0, 1}, 2, 1);
        byte[] labels = {0, 1};
        Retrieval found =
                Retrieval.measure(two, labels, Points.of(new float[] {5}, 1, 1), new byte[] {1}, Metric.EUCLIDEAN, 1);
        assertThat(found.queries()).isEqualTo(1);
        assertThatThrownBy(() -> Retrieval.measure(
                        two, labels, Points.of(new float[] {5}, 1, 1), new byte[] {7}, Metric.EUCLIDEAN, 1))
                .isInstanceOf(DuetException.class)
                .hasMessage(
                        "retrieval: expected queries of classes that the gallery has, got 2 queries and none of them");
        assertThatThrownBy(() -> Retrieval.measure(two, labels, two, new byte[1], Metric.EUCLIDEAN, 1))
                .hasMessageContaining("2×1 in the gallery with 1");
    }
}
