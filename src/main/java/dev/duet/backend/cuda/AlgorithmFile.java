package dev.duet.backend.cuda;

import dev.duet.Folders;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Properties;

/**
 * The algorithms found so far, on disk: a line per GPU, cuDNN, precision and shape. Written whole and then renamed, so that
 * processes at the same time see each other's file old or new; one of them may forget what another has found. A file that
 * cannot be read or written costs a warning and a new search.
 */
final class AlgorithmFile {
    private static final System.Logger LOG = System.getLogger(AlgorithmFile.class.getName());
    private static final String NAME = "cudnn-algorithms.properties";

    private final Path path;
    private final Properties entries = new Properties();
    private boolean read;
    private boolean warned;

    AlgorithmFile(Path path) {
        this.path = path;
    }

    /** In the user's cache: {@code XDG_CACHE_HOME}, else {@code ~/.cache}. */
    static AlgorithmFile inCache(Map<String, String> environment) {
        String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path folder = cache.startsWith("/") ? Path.of(cache) : Path.of(System.getProperty("user.home"), ".cache");
        return new AlgorithmFile(folder.resolve("duet").resolve(NAME));
    }

    /** cuDNN's number of the algorithm; null if there is none, or none that can be read. */
    Integer get(String key) {
        if (!read) read();
        String value = entries.getProperty(key);
        if (value == null) return null;
        try {
            return Integer.valueOf(value);
        } catch (NumberFormatException e) {
            warn("expected a number for " + key + ", got '" + value + "'");
            return null;
        }
    }

    /** Keeps {@code algorithm} beside what any process has written. */
    void put(String key, int algorithm) {
        read();
        entries.setProperty(key, Integer.toString(algorithm));
        try {
            write();
        } catch (IOException e) {
            warn("cannot be written: " + e);
        }
    }

    private void read() {
        read = true;
        if (!Files.exists(path)) return;
        try (Reader in = Files.newBufferedReader(path)) {
            entries.load(in);
        } catch (IOException | IllegalArgumentException e) {
            warn("cannot be read: " + e);
        }
    }

    private void write() throws IOException {
        Folders.create(path.getParent());
        Path temporary = Files.createTempFile(path.getParent(), NAME, ".new");
        try {
            try (Writer out = Files.newBufferedWriter(temporary)) {
                entries.store(out, "Which of cuDNN's algorithms Duet takes; delete at will");
            }
            Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private void warn(String what) {
        if (!warned) {
            LOG.log(System.Logger.Level.WARNING, path + ": " + what + "; searching again, delete it if this stays");
        }
        warned = true;
    }
}
