package dev.duet.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Backend;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.data.ImageSet;
import dev.duet.model.JointVae;
import dev.duet.run.Blueprint;
import dev.duet.run.RunConfig;
import dev.duet.train.StageObjective;
import java.util.List;
import org.junit.jupiter.api.Test;

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
            return StepWork.flopsPerPair(
                    vae, StageObjective.of(blueprint.elbo()).latent());
        }
    }

    /** docs/benchmarks.md: 11.83 GFLOP per 128 pairs; every subset's decoders count in cross, hence almost twice that. */
    @Test
    void countsTheLabsWork() {
        assertThat(128 * flopsPerPair(RunConfig.preset("lab"))).isEqualTo(11_828_592_640L);
        assertThat(128 * flopsPerPair(RunConfig.preset("cross"))).isEqualTo(23_581_818_880L);
    }

    /** The columns of the private code, 2 · 4, move from the last layer of one encoder, with 32 inputs, to another encoder. */
    @Test
    void countsPrivateEncoders() {
        RunConfig one = SMALL.with("modality.mnist.private", "4");
        RunConfig own = one.with("modality.mnist.private_encoder", "[\"conv 8 relu\"]");
        long taps = 14 * 14; // of a 4 × 4 kernel, by steps of 2 over 8 × 8 pixels with padding 1
        long convolution = 2 * 8 * taps;
        long linear = 2 * 8 * 4 * 4 * 8;
        long moved = 2 * 32 * 8;
        assertThat(flopsPerPair(own) - flopsPerPair(one)).isEqualTo(2 * convolution + 3 * linear - 3 * moved);
    }

    /** A stage may decode more, but the step that is timed has no cycle term. */
    @Test
    void countsNoCycles() {
        RunConfig cycles = SMALL.with("objective.subset.0.cycles", "[\"svhn\"]");
        assertThat(Blueprint.of(cycles).latent().codeBlocks(1)).hasSize(2);
        assertThat(flopsPerPair(cycles)).isEqualTo(flopsPerPair(SMALL));
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
