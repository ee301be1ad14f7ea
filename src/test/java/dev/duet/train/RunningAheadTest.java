package dev.duet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.DelayedBackend;
import dev.duet.backend.ForwardingBackend;
import dev.duet.backend.Images;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.run.Checkpoint;
import dev.duet.run.CheckpointStore;
import dev.duet.run.MetricsLog;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs on a device that is behind the host, compared with runs on one that is not. */
class RunningAheadTest {
    @TempDir
    private Path folder;

    /** 5 steps an epoch; 23 with the batch of 16, the last of 8 pairs. */
    private static RunConfig config(int batch) {
        return TrainerTest.tiny().with("train.batch", Integer.toString(batch));
    }

    /** All that a run says of its steps and epochs, but for the time they took. */
    private static final class Heard implements TrainingListener {
        final List<String> lines = new ArrayList<>();

        @Override
        public void step(TrainingProgress p) {
            lines.add("step " + p.step() + " epoch " + p.epoch() + " loss " + p.loss() + " nll " + p.reconstruction(0)
                    + " " + p.reconstruction(1) + " kl " + p.kl());
        }

        @Override
        public void epoch(EpochReport r) {
            lines.add("epoch " + r.epoch() + " " + r.step() + " " + r.trainLoss() + " " + r.validationLoss() + " "
                    + r.terms() + r.validationTerms());
        }
    }

    private static Backend delayed(Backend backend, int ahead) {
        return new DelayedBackend(backend, ahead, new AtomicInteger());
    }

    private Trainer.Outcome run(
            RunConfig config,
            String name,
            UnaryOperator<Backend> device,
            TrainingListener listener,
            BooleanSupplier stop) {
        RunFolder run = new RunFolder(folder.resolve(name));
        run.root().toFile().mkdirs();
        Checkpoint from = new CheckpointStore(run, line -> {}).loadLast().orElse(null);
        try (Backend backend = device.apply(new CpuBackend(1))) {
            return TrainingRun.run(config, run, from, backend, listener, stop);
        }
    }

    private Checkpoint last(String name) {
        return new CheckpointStore(new RunFolder(folder.resolve(name)), line -> {})
                .loadLast()
                .orElseThrow();
    }

    /** The lines of metrics.jsonl without times. */
    private List<String> log(String name) {
        return MetricsLog.read(folder.resolve(name).resolve("metrics.jsonl")).stream()
                .map(line -> {
                    TreeMap<String, Double> values = new TreeMap<>(line.values());
                    values.keySet().removeAll(Set.of("step_millis", "pairs_per_s", "seconds"));
                    return line.kind() + " " + line.step() + " " + line.epoch() + " " + values;
                })
                .toList();
    }

    private void requireSameRun(String actual, String expected) {
        assertThat(log(actual)).isEqualTo(log(expected));
        assertThat(last(actual).progress()).isEqualTo(last(expected).progress());
        requireSame(last(actual).parameters(), last(expected).parameters());
        requireSame(last(actual).adamM(), last(expected).adamM());
        requireSame(last(actual).adamV(), last(expected).adamV());
    }

    private static void requireSame(List<Checkpoint.Tensor> actual, List<Checkpoint.Tensor> expected) {
        for (int i = 0; i < expected.size(); i++)
            assertThat(actual.get(i).values())
                    .as(expected.get(i).name())
                    .isEqualTo(expected.get(i).values());
    }

    /** With 40 more than an epoch holds. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 40})
    void aRunIsTheSameHoweverFarAheadTheHostRuns(int ahead) {
        Heard expected = new Heard();
        run(config(16), "beside", backend -> backend, expected, () -> false);
        Heard actual = new Heard();
        AtomicInteger waited = new AtomicInteger();
        UnaryOperator<Backend> device = backend -> new DelayedBackend(backend, ahead, waited);
        run(config(16), "behind", device, actual, () -> false);
        assertThat(waited).hasValue(Math.min(ahead, 23));
        assertThat(actual.lines).isEqualTo(expected.lines).hasSize(3 * 24);
        assertThat(log("behind")).hasSize(3 + 3); // steps 20, 40, 60
        requireSameRun("behind", "beside");
    }

    @Test
    void interruptedRunsGoOnToTheSameBits() {
        run(config(16), "whole", backend -> backend, new Heard(), () -> false);
        int runs = 0;
        Trainer.Outcome outcome;
        do {
            AtomicInteger steps = new AtomicInteger();
            outcome = run(
                    config(16),
                    "pieces",
                    backend -> delayed(backend, 4),
                    new Heard(),
                    () -> steps.incrementAndGet() % 6 == 0);
            runs++;
        } while (outcome == Trainer.Outcome.INTERRUPTED);
        assertThat(runs).isGreaterThan(3);
        requireSameRun("pieces", "whole");
    }

    /** What the device was given is not thrown away: it is finished, reported and saved. */
    @Test
    void anInterruptionTakesAllStepsThatWereGiven() {
        Heard heard = new Heard();
        AtomicInteger asked = new AtomicInteger();
        assertThat(run(
                        config(16),
                        "stopped",
                        backend -> delayed(backend, 3),
                        heard,
                        () -> asked.incrementAndGet() == 2))
                .isEqualTo(Trainer.Outcome.INTERRUPTED);
        assertThat(heard.lines).hasSize(4); // two, and two that were under way
        assertThat(last("stopped").progress().step()).isEqualTo(4);
    }

    @Test
    void anInterruptionWithTheWholeEpochUnderWayFinishesTheEpoch() {
        Heard heard = new Heard();
        AtomicInteger asked = new AtomicInteger();
        assertThat(run(
                        config(72),
                        "stopped",
                        backend -> delayed(backend, 10),
                        heard,
                        () -> asked.incrementAndGet() == 2))
                .isEqualTo(Trainer.Outcome.INTERRUPTED);
        assertThat(heard.lines).hasSize(5 + 1);
        assertThat(last("stopped").progress().epoch()).isEqualTo(1);
    }

    @Test
    void aCheckpointWithinAnEpochHoldsAllStepsThatWereGiven() {
        RunConfig often = config(16).with("train.checkpoint_minutes", "1e-9").withEpochs(1);
        run(often, "beside", backend -> backend, new Heard(), () -> false);
        run(often, "behind", backend -> delayed(backend, 3), new Heard(), () -> false);
        requireSameRun("behind", "beside");
    }

    @Test
    void aLossThatIsNotFiniteIsOfTheSameStep() {
        RunConfig wild = config(16)
                .with(
                        "stage",
                        "[{name='sound', epochs=1, learning_rate=1e-3, schedule='constant'},"
                                + " {name='wild', epochs=1, learning_rate=1e39, schedule='constant'}]");
        String expected = failure(wild, "wild", backend -> backend).getMessage();
        assertThat(expected).contains("training stopped: term '").contains("at step 24 (epoch 2)");
        assertThat(failure(wild, "wild behind", backend -> delayed(backend, 4)))
                .hasMessage(expected.replace("wild/", "wild behind/"));
        assertThat(last("wild behind").progress().step()).isEqualTo(23);
    }

    private Throwable failure(RunConfig config, String name, UnaryOperator<Backend> device) {
        return catchThrowable(() -> run(config, name, device, new Heard(), () -> false));
    }

    /** A device that is lost at a certain step. */
    private static final class LostBackend extends ForwardingBackend {
        private int left;

        LostBackend(Backend inner, int steps) {
            super(inner);
            left = steps;
        }

        @Override
        public Runnable program(String name, Runnable ops) {
            return () -> {
                if (name.startsWith("step") && left-- == 0)
                    throw new DuetException("cuGraphLaunch of '" + name + "': expected 0, got 700");
                ops.run();
            };
        }
    }

    @Test
    void aDeviceThatIsLostLeavesTheLastCheckpointNamed() {
        assertThatThrownBy(
                        () -> run(config(72), "lost", backend -> new LostBackend(backend, 7), new Heard(), () -> false))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("cuGraphLaunch of 'step of 72 pairs': expected 0, got 700")
                .hasMessageContaining("; training stopped after step 7 of 15; the last good checkpoint is ")
                .hasMessageEndingWith("last.safetensors, step 5");
        assertThat(run(config(72), "lost", backend -> backend, new Heard(), () -> false))
                .isEqualTo(Trainer.Outcome.FINISHED);
        run(config(72), "whole", backend -> backend, new Heard(), () -> false);
        requireSameRun("lost", "whole");
    }

    @Test
    void aDeviceThatIsLostAtOnceSaysThatNothingWasSaved() {
        assertThat(failure(config(72), "lost", backend -> new LostBackend(backend, 0)))
                .hasMessageEndingWith("; training stopped after step 0 of 15; no checkpoint was saved before");
    }

    @Test
    void aDeviceWithoutRoomToGoOnLeavesTheCheckpointNamed() {
        run(config(72).withEpochs(1), "full", backend -> backend, new Heard(), () -> false);
        UnaryOperator<Backend> full = backend -> new ForwardingBackend(backend) {
            @Override
            public ParameterBuffer parameters(List<ParameterSpec> specs, int shards) {
                throw new DuetException("parameters: expected 9 bytes on the device, got none");
            }
        };
        assertThat(failure(config(72), "full", full))
                .hasMessageStartingWith(
                        "parameters: expected 9 bytes on the device, got none; the last good checkpoint is ")
                .hasMessageEndingWith("last.safetensors, step 5");
        assertThat(failure(config(72), "new", full)).hasMessage("parameters: expected 9 bytes on the device, got none");
    }

    /** A device can then keep one copy of each file's images. */
    @Test
    void trainingAndValidationGiveTheDeviceTheSameBuffers() {
        List<ByteBuffer> given = new ArrayList<>();
        UnaryOperator<Backend> device = backend -> new ForwardingBackend(backend) {
            @Override
            public Images images(ByteBuffer pixels, int count, int height, int width, int channels) {
                given.add(pixels);
                return super.images(pixels, count, height, width, channels);
            }
        };
        run(config(72), "shared", device, new Heard(), () -> false);
        Set<ByteBuffer> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
        distinct.addAll(given);
        assertThat(given).hasSize(4);
        assertThat(distinct).hasSize(2);
    }
}
