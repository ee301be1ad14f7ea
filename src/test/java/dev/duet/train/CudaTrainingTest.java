package dev.duet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.Backend;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.cuda.CudaVariants;
import dev.duet.backend.cuda.SimCuda;
import dev.duet.run.Checkpoint;
import dev.duet.run.CheckpointStore;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Short runs on the simulated GPU, in steps of 8 pairs, 16 of them in flight. */
class CudaTrainingTest {
    @TempDir
    private Path folder;

    @AfterEach
    void theDeviceSawNothingWrong() {
        SimCuda.set("fail", "");
        CudaVariants.assertNoFaults();
    }

    /** 23 steps an epoch, the last of 4 pairs. */
    private static RunConfig config() {
        return RunConfig.preset("demo")
                .with("data.synthetic_count", "200")
                .with("modality.0.size", "8")
                .with("modality.1.size", "8")
                .with("model.widths", "[4, 4]")
                .with("model.latent", "3")
                .with("train.batch", "8")
                .withEpochs(2);
    }

    /** After each step: loss, both reconstructions and KL of the epoch so far; after each epoch every term. */
    private static final class Losses implements TrainingListener {
        final List<Double> values = new ArrayList<>();

        @Override
        public void step(TrainingProgress p) {
            values.addAll(List.of(p.loss(), p.reconstruction(0), p.reconstruction(1), p.kl()));
        }

        @Override
        public void epoch(EpochReport report) {
            values.addAll(report.terms().values());
            values.addAll(report.validationTerms().values());
        }
    }

    private Trainer.Outcome run(String name, Backend device, TrainingListener listener, BooleanSupplier stop) {
        RunFolder run = new RunFolder(folder.resolve(name));
        run.root().toFile().mkdirs();
        Checkpoint from = new CheckpointStore(run, line -> {}).loadLast().orElse(null);
        try (Backend backend = device) {
            return TrainingRun.run(config(), run, from, backend, listener, stop);
        }
    }

    private Checkpoint last(String name) {
        return new CheckpointStore(new RunFolder(folder.resolve(name)), line -> {})
                .loadLast()
                .orElseThrow();
    }

    /** Sums of a few hundred float32 values in another order; the differences grow with the steps. */
    @Test
    void everyLossIsTheCpus() {
        Losses cpu = new Losses();
        run("cpu", new CpuBackend(1), cpu, () -> false);
        Losses gpu = new Losses();
        run("gpu", CudaVariants.separate(Precision.FP32), gpu, () -> false);
        assertThat(gpu.values).hasSameSizeAs(cpu.values).hasSizeGreaterThan(46 * 4);
        for (int i = 0; i < cpu.values.size(); i++) {
            double expected = cpu.values.get(i);
            assertThat(gpu.values.get(i))
                    .as("value %d", i)
                    .isCloseTo(expected, within(1e-4 * Math.max(1, Math.abs(expected))));
        }
    }

    @Test
    void anInterruptedRunGoesOnToTheSameBits() {
        run("whole", CudaVariants.arena(Precision.FP32), new Losses(), () -> false);
        int runs = 0;
        Trainer.Outcome outcome;
        do {
            AtomicInteger steps = new AtomicInteger();
            outcome =
                    run("pieces", CudaVariants.arena(Precision.FP32), new Losses(), () -> steps.incrementAndGet() == 9);
            runs++;
        } while (outcome == Trainer.Outcome.INTERRUPTED);
        assertThat(runs)
                .isEqualTo(3); // stopped at step 23, which ends the epoch, and at 46, after which nothing is left
        assertThat(last("pieces").progress()).isEqualTo(last("whole").progress());
        for (int i = 0; i < last("whole").parameters().size(); i++)
            assertThat(last("pieces").parameters().get(i).values())
                    .isEqualTo(last("whole").parameters().get(i).values());
    }

    @Test
    void aLaunchThatFailsLeavesTheLastCheckpointNamed() {
        TrainingListener breaks = new TrainingListener() {
            @Override
            public void epoch(EpochReport report) {
                SimCuda.set("fail", "cuGraphLaunch:3:719");
            }
        };
        assertThatThrownBy(() -> run("lost", CudaVariants.arena(Precision.FP32), breaks, () -> false))
                .hasMessageContaining("cuGraphLaunch")
                .hasMessageContaining("step of 8 pairs")
                .hasMessageEndingWith("; training stopped after step 23 of 46; the last good checkpoint is "
                        + folder.resolve("lost").resolve("checkpoints").resolve("last.safetensors") + ", step 23");
    }
}
