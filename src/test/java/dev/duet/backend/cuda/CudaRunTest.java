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
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs of {@link CudaTrainingTest}'s narrow model, 23 steps an epoch: interrupted, moved between devices, lost. */
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

    private static final class LastEpoch implements TrainingListener {
        EpochReport report; // null before the first

        @Override
        public void epoch(EpochReport ended) {
            report = ended;
        }
    }

    /** From the run's last checkpoint, if there is one. */
    private Outcome run(int epochs, String name, Backend opened, TrainingListener listener, BooleanSupplier stop) {
        RunFolder run = new RunFolder(folder.resolve(name));
        run.root().toFile().mkdirs();
        RunConfig config = CudaTrainingTest.narrow().withEpochs(epochs);
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
        Checkpoint whole = store("whole").loadLast().orElseThrow();
        Checkpoint pieces = store("pieces").loadLast().orElseThrow();
        assertThat(pieces.progress()).isEqualTo(whole.progress());
        for (int i = 0; i < whole.parameters().size(); i++)
            assertThat(pieces.parameters().get(i).values())
                    .isEqualTo(whole.parameters().get(i).values());
    }

    /** Half an epoch on one device, the rest on the other, both ways, against the whole on the CPU. */
    @Test
    void checkpointsGoFromDeviceToDevice() {
        LastEpoch whole = new LastEpoch();
        run(1, "cpu", device(false), whole, CudaRunTest::never);
        for (boolean gpuFirst : new boolean[] {true, false}) {
            String name = gpuFirst ? "gpu first" : "cpu first";
            LastEpoch pieces = new LastEpoch();
            run(1, name, device(gpuFirst), pieces, afterSteps(5));
            assertThat(pieces.report).as("interrupted").isNull();
            run(1, name, device(!gpuFirst), pieces, CudaRunTest::never);
            assertThat(pieces.report.validationLoss())
                    .as(name)
                    .isCloseTo(whole.report.validationLoss(), withinPercentage(0.01));
            assertThat(pieces.report.trainLoss()).as(name).isCloseTo(whole.report.trainLoss(), withinPercentage(0.01));
        }
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
