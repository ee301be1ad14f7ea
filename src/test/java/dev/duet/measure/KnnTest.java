package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import org.junit.jupiter.api.Test;

class KnnTest {
    private static final Points LINE = Points.of(new float[] {0, 1, 2, 10, 11, 12}, 6, 1);
    private static final byte[] LABELS = {0, 0, 1, 2, 2, 1};

    @Test
    void theMajorityOfTheNeighboursWins() {
        Knn knn = new Knn(LINE, LABELS, 3);
        assertThat(knn.predict(Points.of(new float[] {0.4f, 11.4f, 2}, 3, 1), 3, 1))
                .containsExactly(0, 2, 0);
        assertThat(knn.predict(Points.of(new float[] {0.4f, 11.6f, 2}, 3, 1), 1, 1))
                .containsExactly(0, 1, 1);
    }

    /** 6 lies 4 from both 2 and 10: the smaller index, of class 1, is the nearer; with k = 2 the votes are equal too. */
    @Test
    void tiesGoToTheSmallerIndexAndThenToTheNearest() {
        Knn knn = new Knn(LINE, LABELS, 3);
        Points middle = Points.of(new float[] {6}, 1, 1);
        assertThat(knn.predict(middle, 1, 1)).containsExactly(1);
        assertThat(knn.predict(middle, 2, 1)).containsExactly(1);
        assertThat(knn.predict(Points.of(new float[] {6.5f}, 1, 1), 2, 1)).containsExactly(2);
    }

    @Test
    void evaluationCountsPerClass() {
        ConfusionMatrix matrix = new Knn(LINE, LABELS, 3)
                .evaluate(Points.of(new float[] {0.4f, 11.4f, 11.4f}, 3, 1), new byte[] {0, 2, 1}, 3, 2);
        assertThat(matrix.count(0, 0)).isEqualTo(1);
        assertThat(matrix.count(1, 2)).isEqualTo(1);
        assertThat(matrix.accuracy().successes()).isEqualTo(2);
    }

    @Test
    void threadsDoNotChangeThePrediction() {
        Points train = CurvedClasses.noise(700, 9, 1);
        byte[] labels = new byte[700];
        for (int i = 0; i < labels.length; i++) labels[i] = (byte) (i % 10);
        Points test = CurvedClasses.noise(100, 9, 2);
        Knn knn = new Knn(train, labels, 10);
        int[] one = knn.predict(test, Knn.DEFAULT_K, 1);
        assertThat(knn.predict(test, Knn.DEFAULT_K, 4)).isEqualTo(one);
    }

    @Test
    void mismatchesAreRefused() {
        assertThatThrownBy(() -> new Knn(LINE, new byte[5], 3))
                .isInstanceOf(DuetException.class)
                .hasMessage("k-NN: expected 6 training labels, got 5");
        assertThatThrownBy(() -> new Knn(LINE, LABELS, 2))
                .hasMessage("k-NN: expected training labels in [0, 1], got 2 at index 3");
        Knn knn = new Knn(LINE, LABELS, 3);
        assertThatThrownBy(() -> knn.predict(CurvedClasses.noise(2, 2, 1), 1, 1))
                .hasMessage("k-NN: expected test points of 1 coordinates like the training points, got 2");
        assertThatThrownBy(() -> knn.predict(LINE, 7, 1))
                .hasMessage("k-NN: expected k from 1 to the 6 training points, got 7");
    }
}
