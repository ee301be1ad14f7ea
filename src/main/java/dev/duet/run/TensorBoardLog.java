package dev.duet.run;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * Scalars for TensorBoard, in an event file of the run folder. Each record carries the number of optimiser steps done;
 * the rules for a resumed run are those of {@link MetricsLog}, which holds the same values and more.
 */
public final class TensorBoardLog implements AutoCloseable {
    private static final String PREFIX = "events.out.tfevents.";
    private static final int BUFFER_BYTES = 1 << 16;
    private static final double MILLIS = 1000;

    private final Path path;
    private final Clock clock;
    private final OutputStream out;

    private TensorBoardLog(Path path, Clock clock) {
        this.path = path;
        this.clock = clock;
        try {
            this.out = new BufferedOutputStream(new FileOutputStream(path.toFile(), true), BUFFER_BYTES);
        } catch (IOException e) {
            throw IoFailures.of("write", path, e);
        }
    }

    /** Starts an event file in {@code folder}. */
    public static TensorBoardLog create(Path folder, Clock clock) {
        long seconds = clock.instant().getEpochSecond();
        Path path = folder.resolve(PREFIX + String.format(Locale.ROOT, "%010d", seconds) + ".duet");
        AtomicFiles.write(path, file -> file.write(EventFile.version(wallSeconds(clock))));
        return new TensorBoardLog(path, clock);
    }

    /** Cuts all event files of {@code folder} back to {@code step} and goes on with the newest; without one, starts one. */
    public static TensorBoardLog resume(Path folder, Clock clock, long step) {
        NavigableSet<Path> files = eventFiles(folder);
        if (files.isEmpty()) return create(folder, clock);
        for (Path file : files) cutBackTo(file, clock, step);
        return new TensorBoardLog(files.last(), clock);
    }

    /** Adds the values of a step by tag, e.g. {@code train/kl} in nats per pair. */
    public void scalars(long step, Map<String, Double> values) {
        try {
            out.write(EventFile.scalars(wallSeconds(clock), step, values));
        } catch (IOException e) {
            throw IoFailures.of("write", path, e);
        }
    }

    /** Hands all records to the operating system, so that TensorBoard sees them. */
    public void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw IoFailures.of("write", path, e);
        }
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw IoFailures.of("write", path, e);
        }
    }

    /** Removes the records of later steps than {@code step}, and everything from the first damaged record on. */
    static void cutBackTo(Path file, Clock clock, long step) {
        AtomicFiles.write(file, out -> {
            int kept = EventFile.copyUpTo(step, ByteBuffer.wrap(Files.readAllBytes(file)), out);
            if (kept == 0) out.write(EventFile.version(wallSeconds(clock)));
        });
    }

    private static NavigableSet<Path> eventFiles(Path folder) {
        NavigableSet<Path> files = new TreeSet<>(); // names hold the time, so the newest is last
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, PREFIX + "*")) {
            found.forEach(files::add);
        } catch (IOException e) {
            throw IoFailures.of("list", folder, e);
        }
        return files;
    }

    private static double wallSeconds(Clock clock) {
        return clock.millis() / MILLIS;
    }
}
