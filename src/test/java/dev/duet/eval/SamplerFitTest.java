package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.measure.GaussianMixture;
import dev.duet.model.JointVae;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import dev.duet.train.TrainingData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamplerFitTest {
    private static final RunConfig CONFIG = RunConfig.preset("cross")
            .with("data.validation", "0.2")
            .with("modality.1.private", "2")
            .with("sampler.samples", "500")
            .with("sampler.components", "[1, 3]");
    private static final Evaluation.Weights WEIGHTS = new Evaluation.Weights(77, "0badc0de");

    @TempDir
    Path folder;

    private static SamplerFit.Choices fit(Backend backend, JointVae vae, RunConfig config, BooleanSupplier stop) {
        List<Long> steps = new ArrayList<>();
        SamplerFit.Choices choices = SamplerFit.fit(
                backend,
                vae,
                TinyModel.TRAIN,
                TrainingData.trainingPairs(config, TinyModel.TRAIN),
                config,
                steps::add,
                stop);
        assertThat(steps).isSorted().contains(128L, 500L, 1000L, 2000L).endsWith(SamplerFit.steps(config));
        return choices;
    }

    /** All posteriors of s are N(0, ⅓ I) and those of w N(0, I), apart from each other: one Gaussian each is enough, whatever the image. */
    @Test
    void theMixtureOfEqualPosteriorsIsThePosterior() {
        Backend backend = new ReferenceBackend(4);
        RunConfig many = CONFIG.with("sampler.samples", "4000").with("sampler.components", "[1, 6]");
        SamplerFit.Choices choices = SamplerFit.fit(
                backend,
                TinyModel.zero(backend),
                TinyModel.TRAIN,
                TrainingData.trainingPairs(many, TinyModel.TRAIN),
                many,
                done -> {},
                () -> false);
        assertThat(choices.privates()).containsOnlyKeys(1);
        requireDiagonal(choices.best().shared(), 1 / 3.0, 1 / 3.0, 1 / 3.0);
        requireDiagonal(choices.best().privates().get(1), 1 / 3.0, 1 / 3.0, 1 / 3.0, 1, 1);
        double nats = -1.5 * (Math.log(2 * Math.PI / 3) + 1);
        assertThat(choices.shared().candidates().get(0).heldOut()).isCloseTo(nats, within(0.2));
    }

    private static void requireDiagonal(GaussianMixture mixture, double... variances) {
        assertThat(mixture.components()).isEqualTo(1);
        assertThat(mixture.width()).isEqualTo(variances.length);
        for (int i = 0; i < variances.length; i++) {
            double deviation = Math.sqrt(variances[i]);
            assertThat(mixture.mean(0)[i]).isCloseTo(0, within(0.07 * deviation)); // 4 standard errors
            for (int j = 0; j < variances.length; j++)
                assertThat(mixture.covariance(0)[i][j])
                        .isCloseTo(i == j ? variances[i] : 0, within(0.1 * deviation * Math.sqrt(variances[j])));
        }
    }

    /** No image of the domain with the fewest is on both sides, though each is in many pairs. */
    @Test
    void heldOutPairsShareNoImageOfTheSmallestDomain() {
        int[][] pairs = {new int[400], new int[400]};
        for (int i = 0; i < 400; i++) {
            pairs[0][i] = i;
            pairs[1][i] = 100 + (i * 7) % 30;
        }
        boolean[] heldOut = SamplerFit.heldOut(pairs, 5);
        Set<Integer> inside = new HashSet<>();
        Set<Integer> outside = new HashSet<>();
        for (int i = 0; i < 400; i++) (heldOut[i] ? outside : inside).add(pairs[1][i]);
        assertThat(outside).hasSize(3).doesNotContainAnyElementsOf(inside);
        assertThat(SamplerFit.heldOut(pairs, 5)).containsExactly(heldOut);
        assertThat(SamplerFit.heldOut(pairs, 6)).isNotEqualTo(heldOut);
    }

    /** s is the same in both modalities, w of b is its own: here both are read off the codes of b, (B, 3 + 2), pair by pair. */
    @Test
    void codesAreSamplesOfTheirOwnPairs() {
        Backend backend = new ReferenceBackend(3);
        JointVae vae = TinyModel.random(backend, 5);
        int[][] pairs = {new int[20], new int[20]};
        for (int i = 0; i < 20; i++) {
            pairs[0][i] = (7 * i) % 40;
            pairs[1][i] = (5 * i) % 28;
        }
        float[] shared = new float[60];
        float[] privates = new float[40];
        new Inference(backend, vae, Posteriors.of(vae.latent()), TinyModel.TRAIN, 8).sample(pairs, 9, rows -> {
            float[] ofB = rows.codes(1); // (3·B, 5): from a, from b, from both
            for (int b = 0; b < rows.count(); b++) {
                System.arraycopy(ofB, 5 * (2 * rows.count() + b), shared, 3 * (rows.first() + b), 3);
                System.arraycopy(ofB, 5 * (rows.count() + b) + 3, privates, 2 * (rows.first() + b), 2);
            }
        });
        List<Integer> told = new ArrayList<>();
        LatentEncoder encoder = new LatentEncoder(backend, vae, TinyModel.TRAIN, 8);
        LatentEncoder.Codes codes = encoder.sampleCodes(pairs, 9, told::add);
        assertThat(codes.joint().toArray()).containsExactly(shared);
        assertThat(codes.privates().get(1).toArray()).containsExactly(privates);
        assertThat(told).containsExactly(8, 16, 20);
        assertThat(encoder.sampleCodes(pairs, 10).joint().toArray()).isNotEqualTo(shared);
        CodeSource aggregate = codes.aggregate(vae.latent());
        assertThat(aggregate.shared().codes(0, 0, 20)).containsExactly(shared);
        assertThat(aggregate.privates().get(1).codes(shared, 0, 0)).containsExactly(privates);
        for (int i = 0; i < 20; i++)
            for (int d = 0; d < 5; d++)
                assertThat(codes.whole(1).get(i, d)).isEqualTo(d < 3 ? shared[3 * i + d] : privates[2 * i + d - 3]);
    }

    @Test
    void threadsDoNotChangeTheMixture() {
        float[] alone = sample(1);
        assertThat(sample(4)).containsExactly(alone);
    }

    private static float[] sample(int threads) {
        try (Backend cpu = new CpuBackend(threads)) {
            RunConfig config = CONFIG.with("train.threads", Integer.toString(threads));
            CodeMixtures best =
                    fit(cpu, TinyModel.random(cpu, 5), config, () -> false).best();
            return best.privates().get(1).sample(1, 0, 20, 1);
        }
    }

    @Test
    void aStopEndsTheCodesOrTheFit() {
        Backend backend = new ReferenceBackend(2);
        JointVae vae = TinyModel.random(backend, 5);
        int[] asked = {0};
        assertThatThrownBy(() -> fit(backend, vae, CONFIG, () -> ++asked[0] == 2))
                .isInstanceOf(CancellationException.class)
                .hasMessage("sampler: stopped at code 256");
        asked[0] = 0;
        assertThatThrownBy(() -> fit(backend, vae, CONFIG, () -> ++asked[0] == 5))
                .isInstanceOf(CancellationException.class)
                .hasMessage("Gaussian mixture: stopped at iteration 0");
    }

    @Test
    void theStoreGivesTheMixturesBackForTheirWeightsAndSettingsAlone() throws IOException {
        Backend backend = new ReferenceBackend(2);
        SamplerFit.Choices choices = fit(backend, TinyModel.random(backend, 5), CONFIG, () -> false);
        RunFolder run = new RunFolder(folder.resolve("run"));
        SamplerStore store = new SamplerStore(run, CONFIG, WEIGHTS);
        assertThat(store.load()).isEmpty();
        assertThat(store.loadIfGood()).isEmpty();
        store.save(choices);
        CodeMixtures loaded = store.load().orElseThrow();
        assertThat(loaded.shared().sample(1, 0, 9, 1))
                .containsExactly(choices.best().shared().sample(1, 0, 9, 1));
        assertThat(loaded.privates().get(1).sample(1, 0, 9, 1))
                .containsExactly(choices.best().privates().get(1).sample(1, 0, 9, 1));
        assertThat(store.loadIfGood()).isPresent();
        String advice = "; fit it anew with: duet sample " + run.root() + " --sampler mixture --out DIR";
        refuses(
                run,
                new SamplerStore(run, CONFIG, new Evaluation.Weights(77, "00000000")),
                "fitted with weights.crc32 = 00000000, as the checkpoint and the configuration have it, got 0badc0de"
                        + advice);
        refuses(
                run,
                new SamplerStore(run, CONFIG.with("sampler.components", "[1, 4]"), WEIGHTS),
                "fitted with sampler.components = [1, 4], as the checkpoint and the configuration have it, got [1, 3]"
                        + advice);
        byte[] bytes = Files.readAllBytes(run.sampler());
        Files.write(run.sampler(), Arrays.copyOf(bytes, bytes.length - 1));
        assertThat(store.loadIfGood()).isEmpty();
        assertThatThrownBy(store::load)
                .isInstanceOf(DuetException.class)
                .hasMessageStartingWith(run.sampler().toString())
                .hasMessageEndingWith(advice);
    }

    private static void refuses(RunFolder run, SamplerStore other, String rest) {
        assertThat(other.loadIfGood()).isEmpty();
        assertThatThrownBy(other::load)
                .isInstanceOf(DuetException.class)
                .hasMessage(run.sampler() + ": expected a sampler " + rest);
    }
}
