package dev.duet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.Backend;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.data.Png;
import dev.duet.run.Checkpoint;
import dev.duet.run.CheckpointStore;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import dev.duet.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models of other shapes than the presets' train on the CPU's own kernels, and their loss falls. */
class ModelShapesTest {
    @TempDir
    private Path folder;

    private static RunConfig small() {
        return RunConfig.preset("demo")
                .with("data.synthetic_count", "80")
                .with("data.pairs_per_epoch", "168")
                .with("model.widths", "[4, 8, 8]")
                .with("model.latent", "6")
                .with("train.batch", "24")
                .with("stage.0.learning_rate", "1e-2")
                .withEpochs(3);
    }

    private List<EpochReport> train(RunConfig config) {
        RunFolder run = new RunFolder(folder.resolve("run"));
        assertThat(run.root().toFile().mkdirs()).isTrue();
        List<EpochReport> epochs = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void epoch(EpochReport report) {
                epochs.add(report);
            }
        };
        try (Backend backend = new CpuBackend(2)) {
            assertThat(TrainingRun.run(config, run, null, backend, listener, () -> false))
                    .isEqualTo(Trainer.Outcome.FINISHED);
        }
        return epochs;
    }

    private Checkpoint.Tensor parameter(String name) {
        return new CheckpointStore(new RunFolder(folder.resolve("run")), line -> {})
                .loadLast().orElseThrow().parameters().stream()
                        .filter(tensor -> tensor.name().equals(name))
                        .findFirst()
                        .orElseThrow();
    }

    private static void assertLearns(List<EpochReport> epochs) {
        assertThat(epochs).hasSize(3);
        assertThat(epochs.get(2).trainLoss()).isLessThan(0.98 * epochs.get(0).trainLoss());
        assertThat(epochs)
                .allSatisfy(epoch -> assertThat(epoch.validationLoss()).isFinite());
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 7, 20, 24, 28, 48, 64})
    void anySizeTrains(int size) {
        assertLearns(train(small().with("modality.0.size", Integer.toString(size))));
    }

    /** 28 → 14 → 7 → 7: the last stage keeps the odd side with 3×3 kernels. */
    @Test
    void mnistsOwnSizeInColourTrains() {
        assertLearns(train(small().with("modality.0.size", "28").with("modality.0.channels", "3")));
        assertThat(parameter("encoder.handwriting.0.weight").shape()).isEqualTo(Shape.of(4, 3, 4, 4));
        assertThat(parameter("encoder.handwriting.2.weight").shape()).isEqualTo(Shape.of(8, 8, 3, 3));
        assertThat(parameter("encoder.handwriting.3.weight").shape()).isEqualTo(Shape.of(12, 8 * 7 * 7));
    }

    @ParameterizedTest
    @ValueSource(strings = {"posterior", "prior"})
    void privateCodesTrainWhereverTheyComeFrom(String origin) {
        assertLearns(train(small().with("modality.0.private", "2")
                .with("modality.1.private", "5")
                .with("objective.cross_private", origin)));
        assertThat(parameter("decoder.housenumbers.0.weight").shape()).isEqualTo(Shape.of(8 * 4 * 4, 6 + 5));
    }

    @Test
    void whereThePrivateCodesComeFromMakesADifference() throws IOException {
        UnaryOperator<RunConfig> withPrivate =
                config -> config.with("modality.1.private", "5").withEpochs(1);
        double posterior = train(withPrivate.apply(small())).get(0).trainLoss();
        Files.move(folder.resolve("run"), folder.resolve("posterior"));
        double prior = train(withPrivate.apply(small().with("objective.cross_private", "prior")))
                .get(0)
                .trainLoss();
        assertThat(prior).isNotEqualTo(posterior);
    }

    /** Steps are too small to leave -6 behind. */
    @Test
    void expertsBeginAsNarrowAsTheConfigurationSays() {
        train(small().with("model.initial_log_var", "-6")
                .with("stage.0.learning_rate", "1e-4")
                .withEpochs(1));
        for (String encoder : List.of("encoder.handwriting", "encoder.housenumbers")) {
            float[] bias = parameter(encoder + ".3.bias").values();
            for (int j = 0; j < 12; j++) assertThat(bias[j]).isCloseTo(j < 6 ? 0 : -6, within(0.5f));
        }
    }

    @Test
    void threeModalitiesTrainOneOfThemFromPngFolders() throws IOException {
        for (String set : List.of("a", "b", "c")) pngs(set, set.equals("c") ? 3 : 1);
        Path file = Files.writeString(folder.resolve("three.toml"), """
                preset = "cross"
                [data]
                kind = "sets"
                pairs_per_epoch = 168
                [model]
                latent = 6
                widths = [4, 8]
                [train]
                batch = 24
                [[modality]]
                name = "a"
                size = 8
                channels = 1
                likelihood = "bernoulli"
                weight = 1.0
                private = 0
                train_images = "DIR/a"
                [[modality]]
                name = "b"
                size = 12
                channels = 1
                likelihood = "laplace"
                weight = 1.0
                private = 0
                train_images = "DIR/b"
                [[modality]]
                name = "c"
                size = 8
                channels = 3
                likelihood = "gaussian"
                weight = 1.0
                private = 0
                train_images = "DIR/c"
                [[objective.subset]]
                of = ["a", "b", "c"]
                weight = 0.5
                [[objective.subset]]
                of = ["a"]
                weight = 0.5
                decodes = ["b", "c"]
                [[stage]]
                name = "elbo"
                epochs = 3
                learning_rate = 1e-2
                schedule = "constant"
                """.replace("DIR", folder.toString()));
        List<EpochReport> epochs = train(RunConfig.load(file));
        assertLearns(epochs);
        assertThat(epochs.get(0).terms())
                .containsKeys("nll/a|a+b+c", "nll/b|a", "nll/c|a", "kl/a+b+c", "kl/a")
                .doesNotContainKeys("nll/a|a", "kl/b");
    }

    /** Forty images of two classes, of two sizes: bright or dark ones. */
    private void pngs(String set, int channels) throws IOException {
        for (int i = 0; i < 40; i++) {
            Path dir = Files.createDirectories(folder.resolve(set).resolve(i % 2 == 0 ? "dark" : "bright"));
            int side = 6 + 3 * (i % 3);
            byte[] pixels = new byte[side * side * channels];
            for (int p = 0; p < pixels.length; p++) pixels[p] = (byte) (i % 2 == 0 ? 20 + p % 7 : 230 - p % 9);
            Png.write(dir.resolve(i + ".png"), new Png.Image(side, side, channels, pixels));
        }
    }
}
