package dev.duet.profile;

import dev.duet.backend.Timeline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Repeats a step, in turn as training runs it and op by op with marks, so that both see the same noise of the machine. */
final class Profiler {
    /** A GPU prepares in the first run, records in the second and launches the recording from the third on. */
    private static final int WARM_UP = 3;

    private record Key(String name, String what, TimedOp.Direction direction) {}

    /** One row in the making. */
    private static final class Samples {
        final double[] nanos; // per repeat, all shards together
        int calls;
        long flop;
        long bytes;
        boolean sharded;

        Samples(int repeats) {
            nanos = new double[repeats];
        }
    }

    private final ProfiledBackend backend;
    private final Subject subject;
    private final int repeats;
    private final Timeline whole; // 2 marks: around the plain steps
    private final Timeline marks; // those of the ops, then 2 around the step
    private final int begin; // mark at the beginning of a recorded step; its end follows
    private final Map<Key, Samples> rows = new LinkedHashMap<>();
    private final List<Profile.Event> events = new ArrayList<>();
    private int workers = 1;

    /** @param subject made on {@code backend} */
    Profiler(ProfiledBackend backend, Subject subject, int repeats) {
        this.backend = backend;
        this.subject = subject;
        this.repeats = repeats;
        whole = backend.timeline(2);
        marks = backend.timelineOfOps(2);
        begin = backend.ops().size() * TimedOp.MARKS;
    }

    Profile measure(String title, Peaks peaks) {
        double[] plain = new double[repeats];
        double[] recorded = new double[repeats];
        for (int i = 0; i < WARM_UP; i++) plainStep();
        recordedStep();
        for (int repeat = 0; repeat < repeats; repeat++) {
            plain[repeat] = plainStep();
            recorded[repeat] = recordedStep();
            collect(repeat);
        }
        List<Profile.Row> out = new ArrayList<>();
        rows.forEach((key, samples) -> out.add(row(key, samples)));
        return new Profile(
                title,
                backend.describe(),
                repeats,
                workers,
                median(plain) * 1e-6,
                median(recorded) * 1e-6,
                peaks,
                out,
                events);
    }

    /** Nanoseconds of a step as training runs it: as many in flight, divided by their number. */
    private double plainStep() {
        int steps = backend.stepsInFlight();
        whole.mark(0);
        for (int i = 0; i < steps; i++) subject.run();
        whole.mark(1);
        for (int i = 0; i < steps; i++) subject.finish();
        return whole.nanos(0, 1) / steps;
    }

    private double recordedStep() {
        backend.record(marks, () -> {
            marks.mark(begin);
            subject.run();
            marks.mark(begin + 1);
        });
        subject.finish();
        return marks.nanos(begin, begin + 1);
    }

    private void collect(int repeat) {
        events.clear();
        Set<Thread> threads = new HashSet<>();
        for (TimedOp op : backend.ops()) {
            collect(op.forwardPass(), repeat, threads);
            collect(op.backwardPass(), repeat, threads);
        }
        workers = Math.max(workers, threads.size());
    }

    private void collect(TimedOp.Pass pass, int repeat, Set<Thread> threads) {
        if (pass.thread() == null) return;
        TimedOp op = pass.op();
        double nanos = marks.nanos(pass.begin(), pass.end());
        events.add(new Profile.Event(
                op.name(),
                op.what(),
                pass.direction,
                pass.shard(),
                marks.nanos(begin, pass.begin()),
                nanos,
                pass.cost));
        Samples row = rows.computeIfAbsent(new Key(op.name(), op.what(), pass.direction), key -> new Samples(repeats));
        row.nanos[repeat] += nanos;
        row.sharded = pass.shard() != ProfiledBackend.NO_SHARD;
        if (row.sharded) threads.add(pass.thread());
        if (repeat > 0) return;
        row.calls++;
        row.flop += pass.cost.flop();
        row.bytes += pass.cost.bytes();
    }

    private Profile.Row row(Key key, Samples samples) {
        double millis = median(samples.nanos) * 1e-6 / (samples.sharded ? workers : 1);
        return new Profile.Row(key.name, key.what, key.direction, samples.calls, millis, samples.flop, samples.bytes);
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
