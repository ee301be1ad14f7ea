package dev.duet.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.backend.Backend;
import dev.duet.backend.ForwardingBackend;
import dev.duet.backend.Ranges;
import dev.duet.backend.Timeline;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.run.Checkpoint;
import dev.duet.run.CheckpointStore;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import dev.duet.train.TrainingListener;
import dev.duet.train.TrainingRun;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ProfilerTest {
    /** The lab's model, narrow and small. */
    static final RunConfig TINY = RunConfig.preset("lab")
            .with("modality.0.size", "8")
            .with("modality.1.size", "8")
            .with("model.widths", "[4, 4]")
            .with("model.latent", "3")
            .with("train.batch", "4");

    private static final Peaks PEAKS = new Peaks(100, 256, 10, 125);

    /** Time passes only in the passes of ops, a millisecond in each; each shard runs on a thread of its own. */
    private static final class ClockedBackend extends ForwardingBackend {
        private double millis;

        ClockedBackend() {
            super(new ReferenceBackend(2));
        }

        @Override
        public Timeline timeline(int marks) {
            double[] times = new double[marks];
            return new Timeline() {
                @Override
                public void mark(int mark) {
                    boolean endOfPass = mark % 2 == 1 && mark < marks - 2;
                    if (endOfPass) millis++;
                    times[mark] = millis;
                }

                @Override
                public double nanos(int from, int to) {
                    return (times[to] - times[from]) * 1e6;
                }
            };
        }

        @Override
        public void forEachShard(int shards, IntConsumer task) {
            for (int s = 0; s < shards; s++) {
                int shard = s;
                Thread thread = new Thread(() -> task.accept(shard));
                thread.start();
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    static StepSubject step(Backend backend, RunConfig config) {
        int batch = config.train().batch();
        return new StepSubject(backend, config, BenchImages.of(config, 2 * batch), batch);
    }

    private static Profile profile(Backend backend, int repeats) {
        ProfiledBackend profiled = new ProfiledBackend(backend, Ranges.NONE);
        return new Profiler(profiled, step(profiled, TINY), repeats).measure("step", PEAKS);
    }

    /** Whole steps are timed as the device runs them, ops while nothing runs beside them. */
    @Test
    void branchesAreTheDevicesUnlessOpsAreTimed() {
        int[] given = new int[1];
        Backend device = new ForwardingBackend(new ReferenceBackend(1)) {
            @Override
            public void sideBySide(List<Runnable> branches) {
                given[0]++;
                super.sideBySide(branches);
            }
        };
        try (ProfiledBackend profiled = new ProfiledBackend(device, Ranges.NONE)) {
            int[] runs = new int[1];
            List<Runnable> branches = List.of(() -> runs[0]++, () -> runs[0]++);
            profiled.sideBySide(branches);
            assertThat(given[0]).isEqualTo(1);
            profiled.record(profiled.timelineOfOps(2), () -> profiled.sideBySide(branches));
            assertThat(given[0]).isEqualTo(1);
            assertThat(runs[0]).isEqualTo(4);
        }
    }

    /** 4 pairs in 2 shards: two calls of each op but for Adam, side by side on two threads. */
    @Test
    void timesOfShardsAreAddedUpAndSharedByTheThreads() {
        Profile profile = profile(new ClockedBackend(), 3);
        assertThat(profile.workers()).isEqualTo(2);
        Map<String, Profile.Row> rows = new HashMap<>();
        profile.rows().forEach(row -> rows.put(row.name() + " " + row.direction(), row));
        assertThat(rows).hasSameSizeAs(profile.rows());
        assertThat(rows.keySet())
                .contains("x.0 FORWARD", "eps FORWARD", "latent FORWARD", "latent BACKWARD", "encoder.svhn.2 BACKWARD")
                .contains("decoder.mnist.2 FORWARD", "decoder.mnist.2 BACKWARD")
                .doesNotContain("x.0 BACKWARD", "eps BACKWARD", "adam BACKWARD");
        // 2 gathers, noise, latent and 12 layers twice, Adam
        assertThat(rows).hasSize(2 + 1 + 2 + 2 * 12 + 1);
        rows.forEach((name, row) -> {
            assertThat(row.calls()).as(name).isEqualTo(name.startsWith("adam") ? 1 : 2);
            assertThat(row.millis()).as(name).isCloseTo(1, within(1e-9)); // 1 ms, or twice 1 ms on 2 threads
        });
        Profile.Row total = profile.total();
        assertThat(total.millis()).isCloseTo(30, within(1e-9));
        assertThat(profile.profiledMillis()).isCloseTo(59, within(1e-9));
        assertThat(profile.stepMillis()).isZero(); // nothing is marked there
        assertThat(total.flop())
                .isEqualTo(rows.values().stream().mapToLong(Profile.Row::flop).sum())
                .isPositive();
    }

    @Test
    void aRowsRatesFollowFromItsTime() {
        Profile.Row row = new Profile.Row("a", "b", TimedOp.Direction.FORWARD, 4, 2.0, 3_000_000_000L, 50_000_000L);
        assertThat(row.gflopPerSecond()).isCloseTo(1500, within(1e-9));
        assertThat(row.gbPerSecond()).isCloseTo(25, within(1e-9));
    }

    @Test
    void theMedianOfAnEvenNumberIsBetweenTheMiddleTwo() {
        assertThat(Profiler.median(new double[] {9, 1, 2})).isEqualTo(2);
        assertThat(Profiler.median(new double[] {9, 1, 2, 4})).isEqualTo(3);
    }

    @Test
    void theTableHasEachRowThenTheSum() {
        Profile profile = profile(new ClockedBackend(), 1);
        List<String> lines =
                new ProfileReport(List.of(profile)).toText().lines().toList();
        assertThat(lines.get(0)).isEqualTo("step on reference: plain Java, double precision, 1 thread");
        assertThat(lines.get(1))
                .isEqualTo("peaks measured in this run: 100 GFLOP/s (linear layer, 256×256 by 256×256),"
                        + " 10.0 GB/s (gather of uint8 images, 125 MB read and written)");

        assertThat(lines)
                .anyMatch(
                        line -> line.matches("encoder\\.mnist\\.1  conv 4×4/2 4→4 +forward +2 +1\\.0000 +3\\.3 % .*"));
        assertThat(lines).anyMatch(line -> line.matches("all ops +59 +30\\.0000 +100 % .*"));
        assertThat(lines.get(lines.size() - 1))
                .isEqualTo("medians of 1: all ops 30.000 ms (shards run side by side: their times added up, divided by"
                        + " 2 threads); the step op by op with marks 59.000 ms; the step as it trains 0.000 ms");
    }

    @Test
    void theJsonSaysWhatTheTableSays() {
        Profile profile = profile(new ClockedBackend(), 1);
        JsonNode root = JsonMapper.shared().readTree(new ProfileReport(List.of(profile)).toJson());
        JsonNode node = root.path("profiles").get(0);
        assertThat(node.path("ops").size()).isEqualTo(30);
        assertThat(node.path("ops_millis").doubleValue()).isCloseTo(30, within(1e-9));
        double shares = 0;
        for (JsonNode op : node.path("ops")) shares += op.path("share").doubleValue();
        assertThat(shares).isCloseTo(1, within(1e-9));
        assertThat(node.path("flop").longValue()).isEqualTo(profile.total().flop());
        assertThat(node.path("peaks").path("gb_per_s").doubleValue()).isEqualTo(10);
    }

    /** Every pass once, in µs from the step's beginning, on its shard's track, one after the other. */
    @Test
    void theTraceHasEveryPassOnItsTrack() {
        Profile profile = profile(new ClockedBackend(), 2);
        JsonNode root = JsonMapper.shared().readTree(new ProfileReport(List.of(profile)).toTrace());
        Map<Integer, String> tracks = new HashMap<>();
        Map<Integer, List<JsonNode>> events = new HashMap<>();
        for (JsonNode event : root.path("traceEvents")) {
            assertThat(event.path("pid").intValue()).isEqualTo(1);
            int track = event.path("tid").asInt(-1);
            switch (event.path("ph").stringValue()) {
                case "M" -> {
                    if (event.path("name").stringValue().equals("thread_name"))
                        tracks.put(track, event.path("args").path("name").stringValue());
                }
                case "X" ->
                    events.computeIfAbsent(track, t -> new ArrayList<>()).add(event);
                default -> throw new AssertionError(event);
            }
        }
        assertThat(tracks).isEqualTo(Map.of(0, "batch", 1, "shard 0", 2, "shard 1"));
        assertThat(events.get(0)).hasSize(1);
        assertThat(events.get(1)).hasSize(29);
        assertThat(events.get(2)).hasSize(29);
        assertThat(starts(events.get(1))).isEqualTo(range(0, 29));
        assertThat(starts(events.get(2))).isEqualTo(range(29, 58));
        assertThat(starts(events.get(0))).isEqualTo(range(58, 59));
        assertThat(events.get(1))
                .allSatisfy(event -> assertThat(event.path("dur").doubleValue()).isCloseTo(1000, within(1e-6)));
    }

    /** ms, ascending. */
    private static List<Long> starts(List<JsonNode> events) {
        return events.stream()
                .map(event -> Math.round(event.path("ts").doubleValue() / 1000))
                .sorted()
                .toList();
    }

    private static List<Long> range(long from, long to) {
        List<Long> range = new ArrayList<>();
        for (long i = from; i < to; i++) range.add(i);
        return range;
    }

    /** On the CPU the sum of the ops is no more than the step with marks, in which it was measured. */
    @Test
    void onTheCpuTheOpsAreWithinTheStep() {
        try (Backend backend = new CpuBackend(1)) {
            Profile profile = profile(backend, 5);
            assertThat(profile.rows())
                    .allSatisfy(row -> assertThat(row.millis()).isPositive());
            profile.events().forEach(event -> assertThat(event.beginNanos()).isNotNegative());
            double end = profile.events().stream()
                    .mapToDouble(event -> event.beginNanos() + event.nanos())
                    .max()
                    .orElseThrow();
            double sum =
                    profile.events().stream().mapToDouble(Profile.Event::nanos).sum();
            assertThat(sum).isLessThanOrEqualTo(end);
            assertThat(profile.stepMillis()).isPositive();
        }
    }

    /** Ranges as a profiler sees them: programs hold ops, and each ends. */
    private static final class Heard implements Ranges {
        final Deque<String> open = new ArrayDeque<>();
        final List<String> names = new ArrayList<>();

        @Override
        public void push(String name) {
            names.add(open.isEmpty() ? name : open.peek() + " > " + name);
            open.push(name);
        }

        @Override
        public void pop() {
            open.pop();
        }
    }

    @Test
    void anAttachedProfilerHearsProgramsAndTheirOps() {
        Heard heard = new Heard();
        ProfiledBackend profiled = new ProfiledBackend(new ReferenceBackend(), heard);
        step(profiled, TINY).run();
        assertThat(heard.open).isEmpty();
        assertThat(heard.names)
                .startsWith("step of 4 pairs", "step of 4 pairs > x.0 gather 1×8×8")
                .contains("step of 4 pairs > latent experts to codes, 1 posterior of 3")
                .contains("step of 4 pairs > encoder.svhn.0 conv 4×4/2 3→4");
    }

    @TempDir
    private Path folder;

    @Test
    void trainingUnderAProfilerGivesTheSameWeights() {
        try (Backend backend = new CpuBackend(1)) {
            Checkpoint plain = train("plain", backend);
            Checkpoint profiled = train("profiled", new ProfiledBackend(backend, new Heard()));
            for (int i = 0; i < plain.parameters().size(); i++)
                assertThat(profiled.parameters().get(i).values())
                        .isEqualTo(plain.parameters().get(i).values());
        }
    }

    private Checkpoint train(String name, Backend backend) {
        RunFolder run = new RunFolder(folder.resolve(name));
        run.root().toFile().mkdirs();
        RunConfig config = RunConfig.preset("demo")
                .with("data.synthetic_count", "60")
                .with("modality.0.size", "8")
                .with("modality.1.size", "8")
                .with("model.widths", "[4, 4]")
                .with("train.batch", "16")
                .withEpochs(1);
        TrainingRun.run(config, run, null, backend, new TrainingListener() {}, () -> false);
        return new CheckpointStore(run, line -> {}).loadLast().orElseThrow();
    }
}
