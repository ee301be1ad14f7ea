package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.measure.GaussianMixture;
import dev.duet.measure.MixtureChoice;
import dev.duet.model.JointVae;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import dev.duet.train.TrainingData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamplerFitTest {
    private static final RunConfig CONFIG = RunConfig.preset("cross")
            .with("data.validation", "0.2")
            .with("sampler.samples", "500")
            .with("sampler.components", "[1, 3]");
    private static final Evaluation.Weights WEIGHTS = new Evaluation.Weights(77, "0badc0de");

    @TempDir
    Path folder;

    private static MixtureChoice fit(Backend backend, JointVae vae, RunConfig config, BooleanSupplier stop) {
        List<Long> steps = new ArrayList<>();
        MixtureChoice choice = SamplerFit.fit(
                backend,
                vae,
                TinyModel.TRAIN,
                TrainingData.trainingPairs(config, TinyModel.TRAIN),
                config,
                steps::add,
                stop);
        assertThat(steps).isSorted().contains(128L, 500L, 1000L).endsWith(SamplerFit.steps(config));
        return choice;
    }

    /** All posteriors are N(0, ⅓ I): one Gaussian is enough, whatever the image. */
    @Test
    void theMixtureOfEqualPosteriorsIsThePosterior() {
        Backend backend = new ReferenceBackend(4);
        RunConfig many = CONFIG.with("sampler.samples", "4000").with("sampler.components", "[1, 6]");
        MixtureChoice choice = SamplerFit.fit(
                backend,
                TinyModel.zero(backend),
                TinyModel.TRAIN,
                TrainingData.trainingPairs(many, TinyModel.TRAIN),
                many,
                done -> {},
                () -> false);
        GaussianMixture mixture = choice.best().mixture();
        assertThat(mixture.components()).isEqualTo(1);
        assertThat(choice.best().points()).isEqualTo(3600);
        for (int i = 0; i < 3; i++) {
            assertThat(mixture.mean(0)[i]).isCloseTo(0, within(0.04)); // 4 standard errors
            for (int j = 0; j < 3; j++)
                assertThat(mixture.covariance(0)[i][j]).isCloseTo(i == j ? 1 / 3.0 : 0, within(0.04));
        }
        double nats = -1.5 * (Math.log(2 * Math.PI / 3) + 1);
        assertThat(choice.candidates().get(0).heldOut()).isCloseTo(nats, within(0.2));
    }

    /** The shared code is the same in both modalities: here it is read off the codes of b, (B, 3 + 2), pair by pair. */
    @Test
    void codesAreSamplesOfTheirOwnPairs() {
        Backend backend = new ReferenceBackend(3);
        JointVae vae = TinyModel.random(backend, 5);
        int[][] pairs = {new int[20], new int[20]};
        for (int i = 0; i < 20; i++) {
            pairs[0][i] = (7 * i) % 40;
            pairs[1][i] = (5 * i) % 28;
        }
        float[] expected = new float[60];
        new Inference(backend, vae, Posteriors.together(vae.latent()), TinyModel.TRAIN, 8).sample(pairs, 9, rows -> {
            float[] ofB = rows.codes(1);
            for (int b = 0; b < rows.count(); b++)
                for (int d = 0; d < 3; d++) expected[3 * (rows.first() + b) + d] = ofB[5 * b + d];
        });
        List<Integer> told = new ArrayList<>();
        JointCodes codes = new JointCodes(backend, vae, TinyModel.TRAIN, 8);
        assertThat(codes.sample(pairs, 9, told::add)).containsExactly(expected);
        assertThat(told).containsExactly(8, 16, 20);
        assertThat(codes.sample(pairs, 10, n -> {})).isNotEqualTo(expected);
    }

    @Test
    void threadsDoNotChangeTheMixture() {
        float[] alone = sample(1);
        assertThat(sample(4)).containsExactly(alone);
    }

    private static float[] sample(int threads) {
        try (Backend cpu = new CpuBackend(threads)) {
            RunConfig config = CONFIG.with("train.threads", Integer.toString(threads));
            MixtureChoice choice = fit(cpu, TinyModel.random(cpu, 5), config, () -> false);
            return choice.best().mixture().sample(1, 0, 20, 1);
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
    void theStoreGivesTheMixtureBackForItsWeightsAlone() throws IOException {
        Backend backend = new ReferenceBackend(2);
        MixtureChoice choice = fit(backend, TinyModel.random(backend, 5), CONFIG, () -> false);
        RunFolder run = new RunFolder(folder.resolve("run"));
        SamplerStore store = new SamplerStore(run, WEIGHTS);
        assertThat(store.load()).isEmpty();
        assertThat(store.loadIfGood()).isEmpty();
        store.save(choice);
        assertThat(store.load().orElseThrow().sample(1, 0, 9, 1))
                .containsExactly(choice.best().mixture().sample(1, 0, 9, 1));
        assertThat(store.loadIfGood()).isPresent();
        String advice = "; fit it anew with: duet sample " + run.root() + " --sampler mixture --out DIR";
        SamplerStore other = new SamplerStore(run, new Evaluation.Weights(77, "00000000"));
        assertThat(other.loadIfGood()).isEmpty();
        assertThatThrownBy(other::load)
                .isInstanceOf(DuetException.class)
                .hasMessage(
                        run.sampler() + ": expected a sampler fitted to the weights of step 77 (crc32 00000000), which"
                                + " the checkpoint has, got one of step 77 (crc32 0badc0de)" + advice);
        byte[] bytes = Files.readAllBytes(run.sampler());
        Files.write(run.sampler(), Arrays.copyOf(bytes, bytes.length - 1));
        assertThat(store.loadIfGood()).isEmpty();
        assertThatThrownBy(store::load)
                .isInstanceOf(DuetException.class)
                .hasMessageStartingWith(run.sampler().toString())
                .hasMessageEndingWith(advice);
    }
}
