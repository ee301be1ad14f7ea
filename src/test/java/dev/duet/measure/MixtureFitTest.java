package dev.duet.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import dev.duet.Workers;
import dev.duet.eval.MixtureFile;
import dev.duet.run.AtomicFiles;
import dev.duet.run.SafetensorsWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MixtureFitTest {
    @TempDir
    Path folder;

    @Test
    void aKnownMixtureIsRecovered() {
        GaussianMixture truth = Mixtures.tilted();
        Points points = Mixtures.sample(truth, 20_000, 1);
        MixtureFit.Result fit = MixtureFit.fit(points, MixtureFit.Settings.defaults(2, 5));
        GaussianMixture found = fit.mixture();
        assertThat(fit.converged()).isTrue();
        int[] of = found.mean(0)[0] < found.mean(1)[0] ? new int[] {0, 1} : new int[] {1, 0};
        for (int k = 0; k < 2; k++) {
            assertThat(found.weight(of[k])).isCloseTo(truth.weight(k), within(0.01));
            for (int i = 0; i < 2; i++) {
                assertThat(found.mean(of[k])[i]).isCloseTo(truth.mean(k)[i], within(0.02));
                for (int j = 0; j < 2; j++) {
                    assertThat(found.covariance(of[k])[i][j]).isCloseTo(truth.covariance(k)[i][j], within(0.02));
                }
            }
        }
        assertThat(fit.logLikelihood()).isCloseTo(truth.meanLogDensity(points, 1), within(1e-3));
    }

    /** A wide and a narrow Gaussian that overlap: k-means gives the middle to the narrow one, EM gives it back. */
    @Test
    void meansMoveOnFromTheirStart() {
        GaussianMixture truth = new GaussianMixture(
                new double[] {0.5, 0.5}, new double[][] {{0}, {3}}, new double[][][] {{{1.5}}, {{0.5}}});
        Points points = Mixtures.sample(truth, 20_000, 1);
        GaussianMixture found = MixtureFit.fit(points, new MixtureFit.Settings(2, 5, 300, 1e-7, 1, 2))
                .mixture();
        int narrow = found.covariance(0)[0][0] < found.covariance(1)[0][0] ? 0 : 1;
        assertThat(found.mean(narrow)[0]).isCloseTo(3, within(0.02));
        assertThat(found.mean(1 - narrow)[0]).isCloseTo(0, within(0.05));
        double mean = found.weight(0) * found.mean(0)[0] + found.weight(1) * found.mean(1)[0];
        assertThat(mean).isCloseTo(Pca.mean(points)[0], within(1e-9));
    }

    /** One component has a closed form: the sample's moments, with the prior worth one point of the same variances. */
    @Test
    void oneComponentIsTheMomentsOfThePoints() {
        Points points = Points.of(new float[] {0, 0, 2, 0, 0, 2, 2, 4}, 4, 2);
        GaussianMixture found =
                MixtureFit.fit(points, MixtureFit.Settings.defaults(1, 1)).mixture();
        assertThat(found.mean(0)).containsExactly(1, 1.5);
        assertThat(found.covariance(0)[0][0]).isCloseTo(1, within(1e-12));
        assertThat(found.covariance(0)[1][1]).isCloseTo(2.75, within(1e-12));
        assertThat(found.covariance(0)[1][0]).isCloseTo(2.0 / 5, within(1e-12));
    }

    @Test
    void theLogPosteriorNeverFalls() {
        Points points = Mixtures.sample(Mixtures.random(6, 8, 3), 3000, 4);
        for (int k : new int[] {1, 4, 9}) {
            MixtureFit.Settings settings = new MixtureFit.Settings(k, 2, 60, 0, 1, 2);
            assertRises(MixtureFit.fit(points, settings).logPosterior());
        }
    }

    /** With a prior of next to no weight it is the likelihood itself that must not fall. */
    @Test
    void withoutAPriorTheLikelihoodNeverFalls() {
        Points points = Mixtures.sample(Mixtures.random(3, 4, 5), 2000, 6);
        MixtureFit.Result fit = MixtureFit.fit(points, new MixtureFit.Settings(3, 2, 40, 0, 1e-12, 2));
        assertRises(fit.logPosterior());
        List<Double> history = fit.logPosterior();
        assertThat(history.get(history.size() - 1)).isCloseTo(fit.logLikelihood(), within(1e-10));
    }

    private static void assertRises(List<Double> history) {
        for (int i = 1; i < history.size(); i++) {
            assertThat(history.get(i)).isGreaterThanOrEqualTo(history.get(i - 1) - 1e-12);
        }
    }

    @Test
    void threadsAndRunsGiveTheSameBitsAndSeedsDoNot() {
        Points points = Mixtures.sample(Mixtures.random(5, 6, 7), 2000, 8);
        float[] one = draws(points, 1, 3);
        assertThat(draws(points, 1, 1)).containsExactly(one);
        assertThat(draws(points, 1, 4)).containsExactly(one);
        assertThat(draws(points, 2, 4)).isNotEqualTo(one);
    }

    private static float[] draws(Points points, long seed, int threads) {
        MixtureFit.Settings settings = new MixtureFit.Settings(7, seed, 15, 0, 1, threads);
        return MixtureFit.fit(points, settings).mixture().sample(1, 0, 50, 1);
    }

    /** A dimension without variance, points that all lie on a line, and one lonely outlier with a component of its own. */
    @Test
    void degenerateClustersKeepFiniteDensities() {
        float[] values = new float[3 * 300];
        Points spread = Mixtures.sample(Mixtures.tilted(), 300, 2);
        for (int i = 0; i < 300; i++) {
            values[3 * i] = spread.get(i, 0);
            values[3 * i + 1] = 2 * spread.get(i, 0) - 1;
            values[3 * i + 2] = 4;
        }
        values[0] = 500;
        Points points = Points.of(values, 300, 3);
        MixtureFit.Result fit = MixtureFit.fit(points, MixtureFit.Settings.defaults(5, 1));
        assertRises(fit.logPosterior());
        for (double log : fit.mixture().logDensity(points, 1)) assertThat(log).isFinite();
        for (float x : fit.mixture().sample(1, 0, 100, 1)) assertThat(x).isFinite();
    }

    /** More components than different points: some stay empty, of weight 0 or shared, and nothing breaks. */
    @Test
    void duplicatesOfPointsAreNoTrouble() {
        float[] values = new float[200];
        for (int i = 0; i < values.length; i++) values[i] = i % 3;
        Points points = Points.of(values, 200, 1);
        GaussianMixture found =
                MixtureFit.fit(points, MixtureFit.Settings.defaults(8, 1)).mixture();
        for (double log : found.logDensity(points, 1)) assertThat(log).isFinite();
        double weight = 0;
        for (int k = 0; k < 8; k++) weight += found.weight(k);
        assertThat(weight).isCloseTo(1, within(1e-12));
        Points same = Points.of(new float[20], 10, 2);
        GaussianMixture point =
                MixtureFit.fit(same, MixtureFit.Settings.defaults(3, 1)).mixture();
        for (float x : point.sample(1, 0, 50, 1)) assertThat(x).isCloseTo(0, within(0.01f));
    }

    @Test
    void asManyComponentsAsPointsIsTheMost() {
        Points points = Points.of(new float[] {0, 1, 5}, 3, 1);
        assertThat(MixtureFit.fit(points, MixtureFit.Settings.defaults(3, 1))
                        .mixture()
                        .components())
                .isEqualTo(3);
        assertThatThrownBy(() -> MixtureFit.fit(points, MixtureFit.Settings.defaults(4, 1)))
                .isInstanceOf(DuetException.class)
                .hasMessage("Gaussian mixture: expected at least as many points as its 4 components, got 3;"
                        + " take more points or fewer components");
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() ->
                        MixtureFit.fit(Points.of(new float[] {0, Float.NaN}, 2, 1), MixtureFit.Settings.defaults(1, 1)))
                .hasMessageContaining("NaN in row 1, column 0");
        assertThatThrownBy(() -> MixtureFit.Settings.defaults(0, 1)).hasMessageContaining("at least 1 component");
        assertThatThrownBy(() -> new MixtureFit.Settings(1, 1, 1, 0, 0, 1))
                .hasMessageContaining("prior counts above 0");
    }

    /** Three clusters far apart: one or two components miss some, thirty fit the noise of 300 points; more are not tried. */
    @Test
    void heldOutPointsChooseTheNumberOfComponents() {
        GaussianMixture truth = new GaussianMixture(
                new double[] {0.3, 0.3, 0.4}, new double[][] {{0, 0}, {8, 0}, {0, 8}}, new double[][][] {
                    {{1, 0}, {0, 1}}, {{1, 0}, {0, 1}}, {{1, 0}, {0, 1}}
                });
        List<Integer> tried = new ArrayList<>();
        MixtureChoice choice = MixtureChoice.among(
                Mixtures.sample(truth, 300, 1),
                Mixtures.sample(truth, 2000, 2),
                0,
                List.of(1, 2, 3, 30, 40),
                MixtureFit.Settings.defaults(1, 1),
                tried::add,
                () -> false);
        assertThat(choice.best().mixture().components()).isEqualTo(3);
        assertThat(tried).containsExactly(1, 2, 3, 4);
        assertThat(choice.candidates())
                .extracting(MixtureChoice.Candidate::components)
                .containsExactly(1, 2, 3, 30);
        assertThat(choice.candidates().get(3).fitted())
                .isGreaterThan(choice.candidates().get(2).fitted());
        assertThatThrownBy(() -> MixtureChoice.among(
                        Mixtures.sample(truth, 9, 1),
                        Points.of(new float[0], 0, 2),
                        0,
                        List.of(1),
                        MixtureFit.Settings.defaults(1, 1),
                        number -> {},
                        () -> false))
                .hasMessageContaining("1 held-out point");
    }

    /** Four clusters of x, and y = x but for noise everywhere: x wants four components, y given x one. */
    @Test
    void givenCoordinatesDoNotChooseTheNumberOfComponents() {
        double[][] noisyCopy = {{0.1, 0}, {0.1, 1}}; // y - x is of variance 1 and knows nothing of x
        GaussianMixture truth = new GaussianMixture(
                new double[] {0.25, 0.25, 0.25, 0.25},
                new double[][] {{0, 0}, {3, 3}, {6, 6}, {9, 9}},
                new double[][][] {noisyCopy, noisyCopy, noisyCopy, noisyCopy});
        Points points = Mixtures.sample(truth, 300, 1);
        Points heldOut = Mixtures.sample(truth, 2000, 2);
        MixtureFit.Settings settings = MixtureFit.Settings.defaults(1, 1);
        List<Integer> numbers = List.of(1, 4);
        MixtureChoice together = MixtureChoice.among(points, heldOut, 0, numbers, settings, tried -> {}, () -> false);
        MixtureChoice given = MixtureChoice.among(points, heldOut, 1, numbers, settings, tried -> {}, () -> false);
        assertThat(together.best().mixture().components()).isEqualTo(4);
        assertThat(given.best().mixture().components()).isEqualTo(1);
        double entropy = (Math.log(2 * Math.PI) + 1) / 2; // of y given x
        assertThat(given.candidates().get(0).heldOut()).isCloseTo(-entropy, within(0.05));
    }

    @Test
    void aFitStopsBeforeTheIterationAtWhichItIsToldTo() {
        Points points = Mixtures.sample(Mixtures.random(3, 4, 1), 500, 2);
        int[] asked = {0};
        assertThatThrownBy(
                        () -> MixtureFit.fit(points, new MixtureFit.Settings(3, 2, 40, 0, 1, 1), () -> ++asked[0] > 2))
                .isInstanceOf(CancellationException.class)
                .hasMessage("Gaussian mixture: stopped at iteration 2");
    }

    @Test
    void aFileGivesTheSameSamplerAndTellsHowItWasFitted() {
        Points points = Mixtures.sample(Mixtures.random(3, 4, 1), 500, 2);
        MixtureFit.Result fit = MixtureFit.fit(points, MixtureFit.Settings.defaults(3, 9));
        MixtureFit.Result other = MixtureFit.fit(points, MixtureFit.Settings.defaults(1, 9));
        Path file = folder.resolve("sampler.safetensors");
        MixtureFile.write(file, Map.of("first", fit, "second", other), Map.of("codes.seed", "17"));
        MixtureFile read = MixtureFile.read(file);
        assertThat(read.parts()).containsOnlyKeys("first", "second");
        assertThat(read.parts().get("first").sample(1, 0, 100, 1))
                .containsExactly(fit.mixture().sample(1, 0, 100, 1));
        assertThat(read.parts().get("first").logDensity(points, 1))
                .containsExactly(fit.mixture().logDensity(points, 1));
        assertThat(read.parts().get("second").mean(0))
                .containsExactly(other.mixture().mean(0));
        assertThat(read.metadata())
                .containsEntry("duet.sampler", "gaussian-mixtures")
                .containsEntry("duet.sampler.version", "3")
                .containsEntry("first.seed", "9")
                .containsEntry("second.points", "500")
                .containsEntry("codes.seed", "17");
    }

    @Test
    void anotherFileIsRefused() {
        Path file = folder.resolve("other.safetensors");
        AtomicFiles.write(file, out -> SafetensorsWriter.write(out, Map.of("duet.sampler", "flow"), List.of()));
        assertThatThrownBy(() -> MixtureFile.read(file))
                .isInstanceOf(DuetException.class)
                .hasMessage(file + ": expected a fitted sampler with duet.sampler = gaussian-mixtures, got flow");
    }

    @Test
    void clustersOfKMeansAreTheNearestCentres() {
        float[] values = new float[90];
        for (int i = 0; i < values.length; i++) values[i] = 10 * (i % 3) + 0.01f * i;
        try (Workers workers = new Workers(2)) {
            int[] assignment = new KMeans(Points.of(values, 90, 1), 3, workers).assign(4);
            for (int i = 3; i < 90; i++) assertThat(assignment[i]).isEqualTo(assignment[i % 3]);
            assertThat(Arrays.stream(assignment).distinct().count()).isEqualTo(3);
        }
    }
}
