package dev.duet.run;

import dev.duet.BuildInfo;
import dev.duet.DuetException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code manifest.json}: on what, with what and when a run was made.
 *
 * @param duet version
 * @param commit of git that Duet was built from, null if unknown
 * @param jdk version and vendor
 * @param os name, version and architecture
 * @param cores processors that the JVM may use
 * @param device in words
 * @param backends version by library that the device computes with; empty where it has kernels of its own only
 * @param data the files that were read
 * @param seeds by use
 * @param started when the run began
 * @param command the command line, word by word
 */
public record RunManifest(
        String duet,
        String commit,
        String jdk,
        String os,
        int cores,
        String device,
        Map<String, String> backends,
        List<DataFile> data,
        Map<String, Long> seeds,
        Instant started,
        List<String> command) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .build();
    private static final int BUFFER_BYTES = 1 << 16;

    public RunManifest {
        backends = Collections.unmodifiableMap(new LinkedHashMap<>(backends));
        seeds = Collections.unmodifiableMap(new LinkedHashMap<>(seeds));
        data = List.copyOf(data);
        command = List.copyOf(command);
    }

    /**
     * A file of the data.
     *
     * @param bytes its size
     * @param sha256 of its content, hexadecimal
     */
    public record DataFile(String path, long bytes, String sha256) {
        /** Reads the whole file; throws DuetException naming it if that fails. */
        public static DataFile of(Path file) {
            MessageDigest digest = newSha256();
            byte[] buffer = new byte[BUFFER_BYTES];
            long bytes = 0;
            try (InputStream in = Files.newInputStream(file)) {
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    digest.update(buffer, 0, count);
                    bytes += count;
                }
            } catch (IOException e) {
                throw IoFailures.of("read", file, e);
            }
            return new DataFile(file.toString(), bytes, HexFormat.of().formatHex(digest.digest()));
        }
    }

    /** The manifest of a run that begins now, in this process. */
    public static RunManifest of(
            String device,
            Map<String, String> backends,
            List<DataFile> data,
            Map<String, Long> seeds,
            List<String> command,
            Clock clock) {
        BuildInfo build = BuildInfo.current();
        return new RunManifest(
                build.version(),
                build.commit().isEmpty() ? null : build.commit(),
                Runtime.version() + " (" + System.getProperty("java.vendor") + ")",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                device,
                backends,
                data,
                seeds,
                clock.instant(),
                command);
    }

    /**
     * Refuses to go on with other data than the run began with; where the files lie does not matter.
     *
     * @param now the files that training would read, in the order of {@link #data}
     * @throws DuetException naming the first file that differs
     */
    public void requireSameData(List<DataFile> now) {
        if (now.size() != data.size()) {
            throw new DuetException("data: expected the " + data.size() + " files of the run's manifest.json, found "
                    + now.size() + "; give the run's own data, or train anew with another --out");
        }
        for (int i = 0; i < now.size(); i++) {
            DataFile then = data.get(i);
            if (then.sha256.equals(now.get(i).sha256)) continue;
            throw new DuetException(now.get(i).path + ": expected the data that this run began with (" + then.path
                    + ", sha256 " + then.sha256 + "), got sha256 " + now.get(i).sha256
                    + "; give the run's own data, or train anew with another --out");
        }
    }

    /** Writes the manifest atomically. */
    public void write(Path file) {
        AtomicFiles.write(file, JSON.writeValueAsString(this) + "\n");
    }

    /** @throws DuetException naming the file if it cannot be read or is no manifest */
    public static RunManifest read(Path file) {
        try {
            return JSON.readValue(Files.readString(file), RunManifest.class);
        } catch (IOException e) {
            throw IoFailures.of("read", file, e);
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getLineNr());
            throw new DuetException(file + ", line " + line + ": not a manifest: " + e.getOriginalMessage(), e);
        }
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
