package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.duet.backend.Backend;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.run.Checkpoint;
import dev.duet.run.CheckpointStore;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import dev.duet.train.EpochReport;
import dev.duet.train.Trainer.Outcome;
import dev.duet.train.TrainingListener;
import dev.duet.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole runs of {@link CudaTrainingTest}'s narrow model, 23 steps an epoch: interrupted, moved between devices, lost; and of preset
 * duet's three stages with narrow networks.
 */
class CudaRunTest {
    private static final TrainingListener SILENT = new TrainingListener() {};

    @TempDir
    private Path folder;

    @AfterEach
    void theGpuSawNothingWrong() {
        SimCuda.set("fail", "");
        CudaVariants.assertNoFaults();
    }

    /** Asked whether to stop. */
    private static boolean never() {
        return false;
    }

    private static final class Epochs implements TrainingListener {
        final List<EpochReport> reports = new ArrayList<>();

        @Override
        public void epoch(EpochReport ended) {
            reports.add(ended);
        }
    }

    private Outcome run(int epochs, String name, Backend opened, TrainingListener listener, BooleanSupplier stop) {
        return run(CudaTrainingTest.narrow().withEpochs(epochs), name, opened, listener, stop);
    }

    /** From the run's last checkpoint, if there is one. */
    private Outcome run(
            RunConfig config, String name, Backend opened, TrainingListener listener, BooleanSupplier stop) {
        RunFolder run = new RunFolder(folder.resolve(name));
        run.root().toFile().mkdirs();
        Checkpoint from = store(name).loadLast().orElse(null);
        try (Backend backend = opened) {
            return TrainingRun.run(config, run, from, backend, listener, stop);
        }
    }

    private CheckpointStore store(String name) {
        return new CheckpointStore(new RunFolder(folder.resolve(name)), line -> {});
    }

    private static BooleanSupplier afterSteps(int steps) {
        AtomicInteger asked = new AtomicInteger();
        return () -> asked.incrementAndGet() == steps;
    }

    private static Backend device(boolean gpu) {
        return gpu ? CudaVariants.arena(Precision.FP32) : new CpuBackend(1);
    }

    /** Stopped at step 23, as 16 steps are in flight, and again at 46, after which nothing is left. */
    @Test
    void anInterruptedRunGoesOnToTheSameBits() {
        run(2, "whole", device(true), SILENT, CudaRunTest::never);
        assertThat(run(2, "pieces", device(true), SILENT, afterSteps(9))).isEqualTo(Outcome.INTERRUPTED);
        assertThat(run(2, "pieces", device(true), SILENT, afterSteps(9))).isEqualTo(Outcome.INTERRUPTED);
        assertThat(run(2, "pieces", device(true), SILENT, afterSteps(9))).isEqualTo(Outcome.FINISHED);
        sameWeights("pieces", "whole");
    }

    private void sameWeights(String actual, String expected) {
        Checkpoint whole = store(expected).loadLast().orElseThrow();
        Checkpoint pieces = store(actual).loadLast().orElseThrow();
        assertThat(pieces.progress()).isEqualTo(whole.progress());
        for (int i = 0; i < whole.parameters().size(); i++)
            assertThat(pieces.parameters().get(i).values())
                    .isEqualTo(whole.parameters().get(i).values());
    }

    /** Half an epoch on one device, the rest on the other, both ways, against the whole on the CPU. */
    @Test
    void checkpointsGoFromDeviceToDevice() {
        Epochs cpu = new Epochs();
        run(1, "cpu", device(false), cpu, CudaRunTest::never);
        EpochReport whole = cpu.reports.get(0);
        for (boolean gpuFirst : new boolean[] {true, false}) {
            String name = gpuFirst ? "gpu first" : "cpu first";
            Epochs pieces = new Epochs();
            run(1, name, device(gpuFirst), pieces, afterSteps(5));
            assertThat(pieces.reports).as("interrupted").isEmpty();
            run(1, name, device(!gpuFirst), pieces, CudaRunTest::never);
            sameLosses(name, pieces.reports.get(0), whole, 0.01);
        }
    }

    private static void sameLosses(String name, EpochReport actual, EpochReport expected, double percent) {
        assertThat(actual.trainLoss()).as(name).isCloseTo(expected.trainLoss(), withinPercentage(percent));
        assertThat(actual.validationLoss()).as(name).isCloseTo(expected.validationLoss(), withinPercentage(percent));
    }

    /**
     * Preset duet as it is, but for narrow networks, drawn digits of 8×8 and an epoch of 6 steps per stage, whose 8 pairs are one
     * shard on the CPU too: in which order images are perturbed and private codes swapped is a shard's own affair.
     */
    private RunConfig recipe() throws IOException {
        Path file = folder.resolve("recipe.toml");
        Files.writeString(
                file,
                RunConfig.preset("duet")
                        .toToml()
                        .replace("\"mnist\"", "\"handwriting\"")
                        .replace("\"svhn\"", "\"housenumbers\"")
                        .replace("kind = \"digits\"", "kind = \"synthetic\"")
                        .replace("synthetic_count = 0", "synthetic_count = 60"));
        RunConfig config = RunConfig.load(file);
        for (String modality : List.of("modality.0.", "modality.1."))
            config = config.with(modality + "decoder", "[\"linear 4x2x2 relu\", \"up 4\", \"norm relu\"]")
                    .with(modality + "size", "8")
                    .with(modality + "private_encoder", "[\"conv 4 relu\"]")
                    .with(modality + "private", "3");
        return config.with("modality.0.encoder", "[\"conv 4\", \"norm relu\", \"linear 8\", \"norm groups 1 relu\"]")
                .with(
                        "modality.1.encoder",
                        "[\"standardise\", \"conv 4\", \"norm relu\", \"residual\", \"linear 8\", \"norm groups 1 relu\", \"dropout 0.3\"]")
                .with("model.latent", "3")
                .with("objective.contrast.group", "8")
                .with("train.batch", "8")
                .withEpochs(3);
    }

    /** The default recipe's stages with all that they do: each as on the CPU, and interrupted inside them to the same bits. */
    @Test
    void presetDuetLearnsInItsStages() throws IOException {
        RunConfig recipe = recipe();
        Epochs cpu = new Epochs();
        Epochs gpu = new Epochs();
        run(recipe, "cpu", device(false), cpu, CudaRunTest::never);
        run(recipe, "whole", device(true), gpu, CudaRunTest::never);
        assertThat(gpu.reports).hasSize(3);
        for (int stage = 0; stage < 3; stage++)
            sameLosses("stage " + stage, gpu.reports.get(stage), cpu.reports.get(stage), 0.01);
        for (int piece = 0; piece < 3; piece++)
            assertThat(run(recipe, "pieces", device(true), SILENT, afterSteps(4)))
                    .isEqualTo(Outcome.INTERRUPTED);
        assertThat(run(recipe, "pieces", device(true), SILENT, CudaRunTest::never))
                .isEqualTo(Outcome.FINISHED);
        sameWeights("pieces", "whole");
    }

    @Test
    void aLaunchThatFailsLeavesTheLastCheckpointNamed() {
        TrainingListener breaks = new TrainingListener() {
            @Override
            public void epoch(EpochReport report) {
                SimCuda.set("fail", "cuGraphLaunch:3:719");
            }
        };
        assertThatThrownBy(() -> run(2, "lost", device(true), breaks, CudaRunTest::never))
                .hasMessageContaining("cuGraphLaunch")
                .hasMessageContaining("step of 8 pairs")
                .hasMessageEndingWith("; training stopped after step 23 of 46; the last good checkpoint is "
                        + folder.resolve("lost").resolve("checkpoints").resolve("last.safetensors") + ", step 23");
    }
}
