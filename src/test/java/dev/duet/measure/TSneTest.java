package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TSneTest {
    private static final int CLASSES = 10;

    @Test
    void tenCurvedClassesKeepTheirNeighbours() {
        Points data = CurvedClasses.of(1500, 32, CLASSES, 1);
        TSne.Result result = TSne.embed(data, new TSne.Settings(30, 300, 0, 0));
        assertThat(Trustworthiness.of(data, result.embedding(), 12).value()).isGreaterThan(0.995);
        byte[] labels = new byte[1500];
        for (int i = 0; i < labels.length; i++) labels[i] = (byte) (i % CLASSES);
        Points plane = result.embedding();
        Confidence accuracy =
                new Knn(plane, labels, CLASSES).evaluate(plane, labels, 5, 0).accuracy();
        assertThat(accuracy.estimate()).isGreaterThan(0.999);
        assertThat(result.note()).isEmpty();
        assertThat(result.perplexity()).isEqualTo(30);
    }

    @Test
    void oneTwoAndThreeThreadsGiveTheSameBits() {
        Points data = CurvedClasses.of(600, 10, CLASSES, 2);
        float[] one = coordinates(TSne.embed(data, new TSne.Settings(20, 60, 1, 0)));
        assertThat(coordinates(TSne.embed(data, new TSne.Settings(20, 60, 2, 0))))
                .isEqualTo(one);
        assertThat(coordinates(TSne.embed(data, new TSne.Settings(20, 60, 3, 0))))
                .isEqualTo(one);
        assertThat(coordinates(TSne.embed(data, new TSne.Settings(20, 60, 2, 1))))
                .isNotEqualTo(one);
    }

    /** By a power of two nothing is rounded, so the bits agree even where squares would overflow float. */
    @Test
    void theUnitOfTheDataDoesNotMatter() {
        Points data = CurvedClasses.of(200, 6, CLASSES, 3);
        float[] huge = new float[200 * 6];
        for (int i = 0; i < huge.length; i++) huge[i] = data.get(i / 6, i % 6) * 0x1p100f;
        TSne.Settings settings = new TSne.Settings(10, 30, 1, 0);
        assertThat(coordinates(TSne.embed(Points.of(huge, 200, 6), settings)))
                .isEqualTo(coordinates(TSne.embed(data, settings)));
    }

    @Test
    void progressComesEveryFiftyIterationsAndKlFalls() {
        List<Integer> at = new ArrayList<>();
        List<Double> kl = new ArrayList<>();
        Points data = CurvedClasses.of(300, 8, CLASSES, 4);
        TSne.Result result = TSne.embed(
                data,
                new TSne.Settings(10, 220, 1, 0),
                (iteration, iterations, klNats) -> {
                    at.add(iteration);
                    kl.add(klNats);
                },
                () -> false);
        assertThat(at).containsExactly(50, 100, 150, 200, 220);
        assertThat(kl.get(4)).isEqualTo(result.klNats()).isLessThan(kl.get(2)).isBetween(0.0, 1.0);
    }

    @Test
    void cancellingReturnsTheEmbeddingSoFar() {
        Points data = CurvedClasses.of(100, 8, CLASSES, 5);
        int[] asked = {0};
        TSne.Result stopped =
                TSne.embed(data, new TSne.Settings(10, 300, 1, 0), (i, n, kl) -> {}, () -> ++asked[0] > 7);
        assertThat(stopped.iterations()).isEqualTo(7);
        assertThat(stopped.embedding().count()).isEqualTo(100);
    }

    @Test
    void fewPointsReduceThePerplexityAndSaySo() {
        TSne.Result result = TSne.embed(CurvedClasses.noise(25, 4, 6), new TSne.Settings(30, 100, 1, 0));
        assertThat(result.perplexity()).isEqualTo(8);
        assertThat(result.note())
                .contains("t-SNE: perplexity reduced from 30.0 to 8.0, as 25 points have too few neighbours for more");
        assertThat(coordinates(result)).doesNotContain(Float.NaN);
    }

    @Test
    void oneTwoAndThreePointsWork() {
        TSne.Settings settings = new TSne.Settings(30, 50, 2, 0);
        assertThat(coordinates(TSne.embed(CurvedClasses.noise(1, 4, 7), settings)))
                .containsExactly(0, 0);
        for (int count = 2; count <= 3; count++) {
            float[] plane = coordinates(TSne.embed(CurvedClasses.noise(count, 4, 7), settings));
            for (float value : plane) assertThat(value).isFinite();
            assertThat(plane[0]).isNotEqualTo(plane[2]);
        }
    }

    /** Every point three times, and then one place only: distances of zero must not become NaN. */
    @Test
    void duplicatesStayFinite() {
        float[] thrice = new float[90 * 3];
        for (int i = 0; i < thrice.length; i++)
            thrice[i] = CurvedClasses.noise(30, 3, 8).get(i / 3 % 30, i % 3);
        for (Points data : List.of(Points.of(thrice, 90, 3), Points.of(new float[90 * 3], 90, 3))) {
            TSne.Result result = TSne.embed(data, new TSne.Settings(10, 100, 1, 0));
            for (float value : coordinates(result)) assertThat(value).isFinite();
            assertThat(result.klNats()).isFinite();
        }
    }

    @Test
    void aLineSpreadsIntoThePlane() {
        float[] line = new float[100];
        for (int i = 0; i < line.length; i++) line[i] = i;
        TSne.Result result = TSne.embed(Points.of(line, 100, 1), new TSne.Settings(10, 300, 1, 0));
        assertThat(Trustworthiness.of(Points.of(line, 100, 1), result.embedding(), 5)
                        .value())
                .isGreaterThan(0.95);
        assertThat(new Pca(result.embedding()).variance(1)).isGreaterThan(1e-3);
    }

    @Test
    void notANumberIsRefusedWithItsRow() {
        float[] values = new float[12];
        values[7] = Float.NaN;
        assertThatThrownBy(() -> TSne.embed(Points.of(values, 4, 3), TSne.Settings.defaults()))
                .isInstanceOf(DuetException.class)
                .hasMessageStartingWith("t-SNE input: expected finite coordinates, got NaN in row 2, column 1 of 4×3");
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThatThrownBy(() -> new TSne.Settings(0.5, 10, 1, 0))
                .isInstanceOf(DuetException.class)
                .hasMessage("t-SNE: expected perplexity ≥ 1 and iterations ≥ 0, got perplexity 0.5 and 10 iterations");
        assertThatThrownBy(() -> TSne.embed(CurvedClasses.noise(3, 2, 1), new TSne.Settings(30, 10, -1, 0)))
                .isInstanceOf(DuetException.class)
                .hasMessage("threads: expected 0 (all cores) or more, got -1");
    }

    private static float[] coordinates(TSne.Result result) {
        Points points = result.embedding();
        float[] out = new float[2 * points.count()];
        for (int i = 0; i < out.length; i++) out[i] = points.get(i / 2, i % 2);
        return out;
    }
}
