package dev.duet.run;

import dev.duet.DuetException;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code metrics.jsonl}: one JSON object per line, of kind {@code step} or {@code epoch}, each with the number of steps
 * done and of the epoch, and its values in nats per pair unless the key says otherwise. A value that is not finite
 * stands as {@code null}.
 *
 * <p>So that a resumed run holds nothing twice: close an epoch (validate, log it) before saving a checkpoint at its last
 * step, call {@link #flush()} before each save, and go on after a break with {@link #resume}.
 */
public final class MetricsLog implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int BUFFER_BYTES = 1 << 16;

    private final Path path;
    private final FileOutputStream file;
    private final OutputStream out;

    /** What a line is about. */
    public enum Kind {
        STEP("step"),
        EPOCH("epoch");

        private final String key;

        Kind(String key) {
            this.key = key;
        }
    }

    /**
     * One line.
     *
     * @param step optimiser steps done when it was written
     * @param epoch epoch it belongs to, from 1
     * @param values by key, in the line's order; NaN where the line has null
     */
    public record Line(Kind kind, long step, int epoch, Map<String, Double> values) {
        public Line {
            values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        }

        /** The value of a key, NaN if the line has none. */
        public double value(String key) {
            return values.getOrDefault(key, Double.NaN);
        }
    }

    /**
     * What each epoch line holds at least, in nats per pair, means over the epoch.
     *
     * @param valLoss loss on the validation pairs; NaN without validation
     */
    public record EpochLosses(double trainLoss, double rec, double kl, double valLoss) {}

    private MetricsLog(Path path) {
        this.path = path;
        try {
            this.file = new FileOutputStream(path.toFile(), true);
        } catch (IOException e) {
            throw IoFailures.of("write", path, e);
        }
        this.out = new BufferedOutputStream(file, BUFFER_BYTES);
    }

    /** Goes on with a log after {@link #cutBackTo}; starts an empty one if there is none. */
    public static MetricsLog resume(Path path, long step) {
        if (Files.exists(path)) cutBackTo(path, step);
        return new MetricsLog(path);
    }

    /** Adds the line of a step and hands it to the operating system, so that others can follow. */
    public void step(long step, int epoch, Map<String, Double> values) {
        append(line(Kind.STEP, step, epoch), values);
        handOver();
    }

    /** Adds the line of an epoch that ends after {@code step} steps, and flushes. */
    public void epoch(long step, int epoch, EpochLosses losses, Map<String, Double> further) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("train_loss", losses.trainLoss);
        values.put("rec", losses.rec);
        values.put("kl", losses.kl);
        values.put("val_loss", losses.valLoss);
        values.putAll(further);
        append(line(Kind.EPOCH, step, epoch), values);
        flush();
    }

    private void handOver() {
        try {
            out.flush();
        } catch (IOException e) {
            throw IoFailures.of("write", path, e);
        }
    }

    /** Forces all lines to the disk. */
    public void flush() {
        handOver();
        try {
            file.getFD().sync();
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

    /**
     * Removes the lines of later steps than {@code step}, and a half line that a killed process left at the end.
     *
     * @throws DuetException naming the line if one before the last is damaged
     */
    public static void cutBackTo(Path path, long step) {
        AtomicFiles.write(
                path,
                out -> scan(path, (text, line) -> {
                    if (line.step > step) return;
                    out.write(text.getBytes(StandardCharsets.UTF_8));
                    out.write('\n');
                }));
    }

    /**
     * All lines; a half line at the end is passed over.
     *
     * @throws DuetException naming the line if one before the last is damaged, or the file if it cannot be read
     */
    public static List<Line> read(Path path) {
        List<Line> lines = new ArrayList<>();
        try {
            scan(path, (text, line) -> lines.add(line));
        } catch (IOException e) {
            throw IoFailures.of("read", path, e);
        }
        return lines;
    }

    private static ObjectNode line(Kind kind, long step, int epoch) {
        return JSON.createObjectNode().put("kind", kind.key).put("step", step).put("epoch", epoch);
    }

    private void append(ObjectNode line, Map<String, Double> values) {
        values.forEach((key, value) -> {
            if (line.has(key))
                throw new DuetException("metrics: '" + key + "' is a key of every line; use another name");
            if (Double.isFinite(value)) line.put(key, value);
            else line.putNull(key);
        });
        try {
            out.write((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw IoFailures.of("write", path, e);
        }
    }

    @FunctionalInterface
    private interface Visitor {
        void line(String text, Line line) throws IOException;
    }

    private static void scan(Path path, Visitor visitor) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(path, StandardCharsets.ISO_8859_1)) {
            String text = lines.readLine();
            for (long number = 1; text != null; number++) {
                String next = lines.readLine();
                String utf8 = new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
                Line line = parse(utf8);
                if (line == null && next != null) {
                    throw new DuetException(path + ", line " + number
                            + ": expected a JSON object with kind, step and epoch, got "
                            + utf8.substring(0, Math.min(60, utf8.length())) + "; mend or delete this line");
                }
                if (line != null) visitor.line(utf8, line);
                text = next;
            }
        }
    }

    /** Null if the text is no whole line. */
    private static Line parse(String text) {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JacksonException e) {
            return null;
        }
        if (!root.path("step").canConvertToLong() || !root.path("epoch").canConvertToInt()) return null;
        for (Kind kind : Kind.values()) {
            if (!kind.key.equals(root.path("kind").asString(""))) continue;
            Map<String, Double> values = new LinkedHashMap<>();
            root.forEachEntry((key, value) -> {
                if (value.isNumber()) values.put(key, value.doubleValue());
                else if (value.isNull()) values.put(key, Double.NaN);
            });
            values.keySet().removeAll(List.of("step", "epoch"));
            return new Line(
                    kind, root.path("step").longValue(), root.path("epoch").intValue(), values);
        }
        return null;
    }
}
