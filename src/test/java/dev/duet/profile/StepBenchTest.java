package dev.duet.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Backend;
import dev.duet.backend.Ranges;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.data.ImageSet;
import dev.duet.model.JointVae;
import dev.duet.run.Blueprint;
import dev.duet.run.RunConfig;
import dev.duet.train.StageObjective;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepBenchTest {
    private static final RunConfig SMALL = RunConfig.preset("lab")
            .with("model.widths", "[4, 8]")
            .with("model.latent", "6")
            .with("modality.mnist.size", "8")
            .with("modality.svhn.size", "8");

    private static long flopsPerPair(RunConfig config) {
        Blueprint blueprint = Blueprint.of(config);
        try (Backend backend = new ReferenceBackend()) {
            JointVae vae = new JointVae(backend, blueprint.model(), blueprint.latent(), 0);
            RunConfig.Stage last = config.stages().get(config.stages().size() - 1);
            return StepWork.flopsPerPair(vae, StageObjective.of(config, last));
        }
    }

    /** docs/benchmarks.md: 11.83 GFLOP per 128 pairs; every subset's decoders count in cross, hence almost twice that. */
    @Test
    void countsTheLabsWork() {
        assertThat(128 * flopsPerPair(RunConfig.preset("lab"))).isEqualTo(11_828_592_640L);
        assertThat(128 * flopsPerPair(RunConfig.preset("cross"))).isEqualTo(23_581_818_880L);
    }

    /**
     * Of stages in which encoders, decoders, private encoders or single networks learn, with cycles: as many as the ops that run
     * count, one by one. The configuration's last stage decodes with cycles.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            stage.decode.epochs | 2
            stage.decode.learns | []
            stage.decode.learns | ["encoder.housenumbers"]
            stage.decode.learns | ["private"]
            stage.decode.learns | ["decoder.housenumbers"]
            stage.decode.cycle | 0
            modality.handwriting.private_encoder | []
            """)
    void countsTheWorkOfTheLastStage(String key, String value) throws URISyntaxException {
        Path file = Path.of(
                RunConfig.class.getResource("/dev/duet/train/stages.toml").toURI());
        RunConfig config = RunConfig.load(file).with("stage.align.epochs", "0");
        config = key.endsWith("private_encoder") ? config.with("stage", "[" + DECODE + "]") : config;
        countsWhatRuns(config.with(key, value));
    }

    private static final String DECODE = "{name='decode', epochs=1, learning_rate=1e-3, schedule='constant', cycle=1}";

    @Test
    void countsTheWorkOfAStageThatDecodesNothing() throws URISyntaxException {
        Path file = Path.of(
                RunConfig.class.getResource("/dev/duet/train/stages.toml").toURI());
        RunConfig config = RunConfig.load(file);
        countsWhatRuns(config.with("stage", """
                [{name='align', epochs=1, learning_rate=1e-3, schedule='constant', learns=['encoder'], decode=false, \
                contrast=1, augment=true}]"""));
    }

    private static void countsWhatRuns(RunConfig config) {
        try (ProfiledBackend backend = new ProfiledBackend(new ReferenceBackend(), Ranges.NONE)) {
            StepSubject step = new StepSubject(backend, config, BenchImages.of(config, 4), 2);
            Profile profile = new Profiler(backend, step, 1).measure("step", new Peaks(100, 256, 10, 125));
            long flops = profile.rows().stream()
                    .filter(row -> !row.what().startsWith("contrast"))
                    .mapToLong(Profile.Row::flop)
                    .sum();
            assertThat(step.flopsPerStep()).isEqualTo(flops).isPositive();
        }
    }

    @Test
    void trainsWhatItTimes() {
        List<ImageSet> images = BenchImages.of(SMALL, 40);
        assertThat(images).extracting(ImageSet::count).containsExactly(40, 40);
        assertThat(images).extracting(ImageSet::channels).containsExactly(1, 3);
        try (Backend backend = new CpuBackend(1)) {
            StepBench bench = new StepBench(backend, SMALL, images, 16);
            bench.first();
            StepBench.Result early = bench.measure(1);
            StepBench.Result late = bench.measure(200);
            assertThat(early.steps()).isEqualTo(1);
            assertThat(late.steps()).isEqualTo(200);
            assertThat(late.loss()).as("it learns").isLessThan(0.9 * early.loss());
            assertThat(late.medianMillis()).isBetween(late.p10Millis(), late.p90Millis());
            assertThat(late.flopsPerStep()).isEqualTo(16 * flopsPerPair(SMALL));
        }
    }
}
