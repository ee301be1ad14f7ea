package dev.duet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.sun.management.ThreadMXBean;
import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.ContrastSpec;
import dev.duet.backend.ForwardingBackend;
import dev.duet.backend.Op;
import dev.duet.backend.Rows;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.cpu.CpuBackend.Precision;
import dev.duet.run.Checkpoint;
import dev.duet.run.CheckpointStore;
import dev.duet.run.MetricsLog;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import dev.duet.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole runs of a tiny model on the CPU. */
class TrainerTest {
    @TempDir
    private Path folder;

    static RunConfig tiny() {
        return RunConfig.preset("demo")
                .with("data.synthetic_count", "400")
                .with("modality.0.size", "8")
                .with("modality.1.size", "8")
                .with("model.widths", "[4, 4]")
                .with("model.latent", "3")
                .with("train.batch", "72")
                .with("objective.warmup_epochs", "1")
                .withEpochs(3);
    }

    private static class Epochs implements TrainingListener {
        final List<EpochReport> reports = new ArrayList<>();

        @Override
        public void epoch(EpochReport report) {
            reports.add(report);
        }
    }

    private Trainer.Outcome run(RunConfig config, String name, Epochs epochs, BooleanSupplier stop) {
        return run(config, name, 1, epochs, stop);
    }

    private Trainer.Outcome run(RunConfig config, String name, int threads, Epochs epochs, BooleanSupplier stop) {
        return run(config, name, new CpuBackend(threads), epochs, stop);
    }

    private Trainer.Outcome run(RunConfig config, String name, Backend device, Epochs epochs, BooleanSupplier stop) {
        RunFolder run = new RunFolder(folder.resolve(name));
        run.root().toFile().mkdirs();
        Checkpoint from = new CheckpointStore(run, line -> {}).loadLast().orElse(null);
        try (Backend backend = device) {
            return TrainingRun.run(config, run, from, backend, epochs, stop);
        }
    }

    private Checkpoint last(String name) {
        return new CheckpointStore(new RunFolder(folder.resolve(name)), line -> {})
                .loadLast()
                .orElseThrow();
    }

    @Test
    void lossFallsAndIsTheSumOfItsParts() {
        Epochs epochs = new Epochs();
        assertThat(run(tiny(), "a", epochs, () -> false)).isEqualTo(Trainer.Outcome.FINISHED);
        assertThat(epochs.reports).hasSize(3);
        EpochReport first = epochs.reports.get(0);
        EpochReport second = epochs.reports.get(1);
        EpochReport third = epochs.reports.get(2);
        assertThat(second.trainLoss()).isLessThan(first.trainLoss());
        assertThat(third.validationLoss()).isLessThan(first.validationLoss());
        // after the warm-up β is 1
        assertThat(third.trainLoss()).isCloseTo(third.reconstruction() + third.kl(), within(1e-6));
        assertThat(first.trainLoss()).isLessThan(first.reconstruction() + first.kl());
    }

    /** Stops after every third step and resumes, through epoch ends and the ragged batch, and compares every bit. */
    @ParameterizedTest
    @EnumSource(Precision.class)
    void interruptedRunsGoOnToTheSameBits(Precision precision) {
        interruptedRunsGoOn(
                tiny().with("model.widths", "[8, 8]"), precision); // from 8 channels on, images may be bfloat16
    }

    /** The same between and inside stages. */
    @ParameterizedTest
    @EnumSource(Precision.class)
    void interruptedStagesGoOnToTheSameBits(Precision precision) throws IOException {
        interruptedRunsGoOn(staged(), precision);
    }

    /** One epoch aligns encoders, two train decoders and private codes. */
    private RunConfig staged() throws IOException {
        Path file = folder.resolve("stages.toml");
        try (InputStream in = TrainerTest.class.getResourceAsStream("stages.toml")) {
            Files.write(file, in.readAllBytes());
        }
        return RunConfig.load(file);
    }

    @Test
    void aStageChangesOnlyWhatLearnsInIt() throws IOException {
        run(staged().with("stage.decode.epochs", "0"), "align", new Epochs(), () -> false);
        run(staged(), "both", new Epochs(), () -> false);
        Checkpoint aligned = last("align");
        Checkpoint both = last("both");
        for (int i = 0; i < both.parameters().size(); i++) {
            Checkpoint.Tensor parameter = both.parameters().get(i);
            float[] before = aligned.parameters().get(i).values();
            if (parameter.name().startsWith("encoder.")) {
                assertThat(parameter.values()).as(parameter.name()).isEqualTo(before);
                assertThat(both.adamV().get(i).values()).as(parameter.name()).containsOnly(0);
            } else {
                assertThat(parameter.values()).as(parameter.name()).isNotEqualTo(before);
                assertThat(aligned.adamV().get(i).values()).as(parameter.name()).containsOnly(0);
            }
        }
    }

    private List<MetricsLog.Line> lines(String name, MetricsLog.Kind kind) {
        return MetricsLog.read(folder.resolve(name).resolve("metrics.jsonl")).stream()
                .filter(line -> line.kind() == kind)
                .toList();
    }

    @Test
    void aStageReportsWhatItComputesAndTheLossIsItsSum() throws IOException {
        Epochs epochs = new Epochs();
        run(staged(), "staged", epochs, () -> false);
        EpochReport align = epochs.reports.get(0);
        assertThat(align.line()).contains("align=").doesNotContain("rec=", "NaN");
        assertThat(align.terms()).containsKey("contrast/handwriting+housenumbers");
        assertThat(align.validationTerms().keySet())
                .noneMatch(name -> name.startsWith("nll/") || name.startsWith("cycle/"));
        EpochReport last = epochs.reports.get(2); // behind the warm-up
        assertThat(last.line()).contains("rec=", "align=");
        assertThat(last.terms().keySet()).noneMatch(name -> name.startsWith("contrast/"));
        assertThat(last.trainLoss()).isCloseTo(last.reconstruction() + last.kl() + last.aligning(), within(1e-6));
        assertThat(last.aligning()).isPositive();
        List<MetricsLog.Line> lines = lines("staged", MetricsLog.Kind.EPOCH);
        assertThat(lines.get(0).value("rec")).isNaN();
        assertThat(lines.get(0).values().keySet()).contains("align").noneMatch(key -> key.contains("nll/"));
        assertThat(lines.get(2).value("align")).isEqualTo(last.aligning());
    }

    /** The contrast's loss is far below any likelihood. */
    @Test
    void theBestCheckpointIsOfTheLastStage() throws IOException {
        Epochs epochs = new Epochs();
        run(staged(), "staged", epochs, () -> false);
        assertThat(epochs.reports.get(0).validationLoss())
                .isLessThan(epochs.reports.get(2).validationLoss());
        assertThat(new CheckpointStore(new RunFolder(folder.resolve("staged")), line -> {})
                        .loadBest()
                        .orElseThrow()
                        .progress()
                        .stage())
                .isEqualTo(1);
    }

    /** β of the 20th step of each stage, and of the 20th behind it, over 60 steps of warm-up. */
    @Test
    void warmUpCountsFromTheStagesStart() throws IOException {
        RunConfig config = staged().with("train.batch", "4")
                .with("objective.contrast.group", "4")
                .with("objective.warmup_epochs", "3");
        run(config, "warm", new Epochs(), () -> false);
        assertThat(lines("warm", MetricsLog.Kind.STEP).stream().map(line -> line.value("beta")))
                .containsExactly(
                        (double) (float) (19 / 60.0), (double) (float) (19 / 60.0), (double) (float) (39 / 60.0));
    }

    @Test
    void aBatchHoldsWholeGroups() throws IOException {
        RunConfig cut = staged().with("train.batch", "64").with("objective.contrast.group", "48");
        assertThatThrownBy(() -> run(cut, "cut", new Epochs(), () -> false))
                .isInstanceOf(DuetException.class)
                .hasMessage(
                        "objective.contrast.group: expected a divisor of train.batch = 64, so that all groups are of one"
                                + " size, got 48; try objective.contrast.group=16 or train.batch=48");
        run(cut.with("objective.contrast.group", "64"), "one", new Epochs(), () -> false);
        run(cut.with("stage.align.epochs", "0"), "unasked", new Epochs(), () -> false);
    }

    /** However a device cuts a batch into shards; so it is for an epoch's last batch, here of 16 pairs, and validation's, of 20. */
    @Test
    void shardsHoldWholeGroups() throws IOException {
        RunConfig config = staged().with("train.batch", "64")
                .with("objective.contrast.group", "32")
                .with("stage.decode.epochs", "0");
        Epochs cut = new Epochs();
        run(config, "cut", cut, () -> false);
        Epochs whole = new Epochs();
        run(
                config,
                "whole",
                new ForwardingBackend(new CpuBackend(1)) {
                    @Override
                    public int shards(int batch) {
                        return 1;
                    }
                },
                whole,
                () -> false);
        EpochReport expected = whole.reports.get(0);
        EpochReport actual = cut.reports.get(0);
        assertThat(actual.aligning()).isCloseTo(expected.aligning(), withinPercentage(1e-3));
        assertThat(actual.validationLoss()).isCloseTo(expected.validationLoss(), withinPercentage(1e-3));
    }

    /** A run that goes on in its second stage makes no steps of the first, nor does one whose stage has no epochs. */
    @Test
    void onlyStagesToComeArePlanned() throws IOException {
        List<String> made = new ArrayList<>();
        class Recording extends ForwardingBackend {
            Recording() {
                super(new CpuBackend(1));
            }

            @Override
            public Op contrast(ContrastSpec spec, Rows a, Rows b, int columns, Tensor terms, int term) {
                made.add("contrast");
                return inner.contrast(spec, a, b, columns, terms, term);
            }
        }
        AtomicInteger steps = new AtomicInteger();
        run(
                staged(),
                "resumed",
                new Recording(),
                new Epochs(),
                () -> steps.incrementAndGet() == 4); // of 3 in stage one
        assertThat(made).isNotEmpty();
        made.clear();
        Epochs rest = new Epochs();
        run(staged(), "resumed", new Recording(), rest, () -> false);
        run(staged().with("stage.align.epochs", "0"), "none", new Recording(), rest, () -> false);
        assertThat(made).isEmpty();
        assertThat(rest.reports).hasSize(4);
    }

    private void interruptedRunsGoOn(RunConfig config, Precision precision) {
        Epochs whole = new Epochs();
        run(config, "whole", new CpuBackend(1, precision), whole, () -> false);
        Epochs pieces = new Epochs();
        int runs = 0;
        Trainer.Outcome outcome;
        do {
            AtomicInteger steps = new AtomicInteger();
            BooleanSupplier stop = () -> steps.incrementAndGet() % 3 == 0;
            outcome = run(config, "pieces", new CpuBackend(1, precision), pieces, stop);
            runs++;
        } while (outcome == Trainer.Outcome.INTERRUPTED);
        assertThat(runs).isGreaterThan(3);
        Checkpoint expected = last("whole");
        Checkpoint actual = last("pieces");
        assertThat(actual.progress()).isEqualTo(expected.progress());
        for (int i = 0; i < expected.parameters().size(); i++) {
            assertThat(actual.parameters().get(i).values())
                    .isEqualTo(expected.parameters().get(i).values());
            assertThat(actual.adamM().get(i).values())
                    .isEqualTo(expected.adamM().get(i).values());
            assertThat(actual.adamV().get(i).values())
                    .isEqualTo(expected.adamV().get(i).values());
        }
        assertThat(pieces.reports).hasSize(3);
        for (int e = 0; e < 3; e++) {
            assertThat(pieces.reports.get(e).trainLoss())
                    .isEqualTo(whole.reports.get(e).trainLoss());
            assertThat(pieces.reports.get(e).validationLoss())
                    .isEqualTo(whole.reports.get(e).validationLoss());
        }
        List<MetricsLog.Line> lines = MetricsLog.read(folder.resolve("pieces").resolve("metrics.jsonl"));
        assertThat(lines.stream()
                        .filter(line -> line.kind() == MetricsLog.Kind.EPOCH)
                        .map(MetricsLog.Line::epoch))
                .containsExactly(1, 2, 3);
    }

    @Test
    void aRunKilledBeforeItsFirstCheckpointLogsNothingTwice() throws IOException {
        RunConfig config = tiny().with("train.batch", "6").withEpochs(1); // 60 steps
        run(config, "whole", new Epochs(), () -> false);
        Epochs killer = new Epochs() {
            @Override
            public void step(TrainingProgress progress) {
                if (progress.step() == 45) throw new IllegalStateException("killed");
            }
        };
        assertThatThrownBy(() -> run(config, "killed", killer, () -> false)).hasMessage("killed");
        assertThat(new CheckpointStore(new RunFolder(folder.resolve("killed")), line -> {}).isEmpty())
                .isTrue();
        // as if it had begun long ago: a second event file would get another name
        Path old = folder.resolve("killed").resolve("events.out.tfevents.0000000001.duet");
        Files.move(events("killed").get(0), old);
        run(config, "killed", new Epochs(), () -> false);
        assertThat(MetricsLog.read(folder.resolve("killed").resolve("metrics.jsonl")).stream()
                        .map(line -> line.kind() + " " + line.step()))
                .containsExactly("STEP 20", "STEP 40", "STEP 60", "EPOCH 60");
        assertThat(events("killed")).containsExactly(old);
        assertThat(old).hasSize(Files.size(events("whole").get(0)));
    }

    private List<Path> events(String name) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve(name))) {
            return files.filter(file -> file.getFileName().toString().startsWith("events."))
                    .toList();
        }
    }

    /** Three epochs of five full batches of four shards and the ragged last one; more threads than shards among them. */
    @Test
    void threadsChangeNeitherWeightsNorMoments() {
        run(tiny(), "1", 1, new Epochs(), () -> false);
        Checkpoint expected = last("1");
        for (int threads : new int[] {2, 4, 5}) {
            run(tiny(), Integer.toString(threads), threads, new Epochs(), () -> false);
            Checkpoint actual = last(Integer.toString(threads));
            assertThat(actual.progress()).isEqualTo(expected.progress());
            for (int i = 0; i < expected.parameters().size(); i++) {
                assertThat(actual.parameters().get(i).values())
                        .as("parameter %d, %d threads", i, threads)
                        .isEqualTo(expected.parameters().get(i).values());
                assertThat(actual.adamM().get(i).values())
                        .isEqualTo(expected.adamM().get(i).values());
                assertThat(actual.adamV().get(i).values())
                        .isEqualTo(expected.adamV().get(i).values());
            }
        }
    }

    /**
     * Over 1,000 steps, each epoch's ragged last batch among them, on the calling thread and on the workers; what the log
     * writes every 20 steps is left out. Native memory: CpuStepTest.
     *
     * @param ahead steps given before the first is taken
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aTrainingStepAllocatesNothingOnTheHeap(int ahead) {
        AllocationMeter meter = new AllocationMeter();
        run(
                tiny().with("train.batch", "50").withEpochs(126), // 360 pairs = 7 · 50 + 10: 1,008 steps
                "steps",
                new ForwardingBackend(new CpuBackend(2)) {
                    @Override
                    public int stepsInFlight() {
                        return ahead;
                    }
                },
                meter,
                () -> false);
        assertThat(meter.counted).isGreaterThan(700);
        assertThat(meter.workers).hasSize(1);
        // the first steps run in the interpreter
        long[] warm = Arrays.copyOfRange(meter.bytes, 200, meter.counted);
        long none = Arrays.stream(warm).filter(bytes -> bytes == 0).count();
        assertThat(none)
                .as("of %d: %s", warm.length, Arrays.toString(warm))
                .isGreaterThanOrEqualTo(warm.length * 99L / 100);
    }

    /** Heap bytes that all threads of training together allocate from one step's report to the next. */
    private static final class AllocationMeter extends Epochs {
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final Thread caller = Thread.currentThread();
        private List<Thread> workers;
        final long[] bytes = new long[1008];
        int counted;
        private long before;

        @Override
        public void step(TrainingProgress progress) {
            if (workers == null) {
                workers = Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("duet-cpu"))
                        .toList();
            } else if ((progress.step() - 1) % TrainingLog.STEPS_PER_LINE != 0 && progress.step() % 8 != 1) {
                bytes[counted++] = allocated() - before; // step 1 of 8: a new epoch began
            }
            before = allocated();
        }

        private long allocated() {
            long sum = threads.getThreadAllocatedBytes(caller.getId());
            for (int i = 0; i < workers.size(); i++)
                sum += threads.getThreadAllocatedBytes(workers.get(i).getId());
            return sum;
        }
    }

    /** Whoever follows the log sees each line when it is written, not at the next checkpoint. */
    @Test
    void theLogCanBeFollowed() {
        List<Integer> lines = new ArrayList<>();
        Epochs follower = new Epochs() {
            @Override
            public void step(TrainingProgress progress) {
                Path log = folder.resolve("followed").resolve("metrics.jsonl");
                if (progress.step() == 21 || progress.step() == 41)
                    lines.add(MetricsLog.read(log).size());
            }
        };
        run(tiny().with("train.batch", "5").withEpochs(1), "followed", follower, () -> false); // 72 steps
        assertThat(lines).containsExactly(1, 2);
    }

    @Test
    void anotherSeedGivesOtherWeights() {
        run(tiny(), "one", new Epochs(), () -> false);
        run(tiny().with("seed", "2"), "two", new Epochs(), () -> false);
        assertThat(last("one").parameters().get(0).values())
                .isNotEqualTo(last("two").parameters().get(0).values());
    }

    @Test
    void aLossThatIsNotFiniteStopsNamingTermStepAndSeed() {
        RunConfig wild = tiny().with("stage.0.learning_rate", "1e30");
        assertThatThrownBy(() -> run(wild, "wild", new Epochs(), () -> false))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("training stopped: term '")
                .hasMessageContaining("at step ")
                .hasMessageContaining("seed 1")
                .hasMessageContaining("no checkpoint was saved before");
    }

    /** A sound epoch, then one whose updates ruin the parameters. */
    private static RunConfig wildLater(int batch) {
        return tiny().with("train.batch", Integer.toString(batch))
                .with(
                        "stage",
                        "[{name='sound', epochs=1, learning_rate=1e-3, schedule='constant'},"
                                + " {name='wild', epochs=1, learning_rate=1e39, schedule='constant'}]");
    }

    private void stopsAfter(int step, int epoch, RunConfig config, BooleanSupplier stop, String fault) {
        Epochs epochs = new Epochs();
        assertThatThrownBy(() -> run(config, "later", epochs, stop))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("training stopped: " + fault)
                .hasMessageContaining(
                        "at step " + step + " (epoch " + epoch + "), seed 1; the last good checkpoint is ")
                .hasMessageContaining("last.safetensors, step " + (step - 1) + "; try a lower learning rate");
        assertThat(last("later").progress().step()).isEqualTo(step - 1);
        assertThat(Snapshot.fault(last("later"))).isEmpty();
        assertThat(epochs.reports).hasSize(1);
        assertThat(MetricsLog.read(folder.resolve("later").resolve("metrics.jsonl")).stream()
                        .filter(line -> line.kind() == MetricsLog.Kind.EPOCH))
                .hasSize(1);
    }

    @Test
    void theLastUpdateOfAnEpochIsCheckedBeforeItIsLoggedOrSaved() {
        stopsAfter(2, 2, wildLater(360), () -> false, "validation term '"); // one step an epoch
        assertThat(new CheckpointStore(new RunFolder(folder.resolve("later")), line -> {})
                        .loadBest()
                        .orElseThrow()
                        .progress()
                        .step())
                .isEqualTo(1);
    }

    @Test
    void aStopInMidEpochSavesNoParametersThatAreNotFinite() {
        AtomicInteger steps = new AtomicInteger();
        stopsAfter(6, 2, wildLater(72), () -> steps.incrementAndGet() == 6, "parameter '"); // five steps an epoch
    }
}
