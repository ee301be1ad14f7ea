package dev.duet.backend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/** Where the system property {@code duet.errors} names a file, each comparison adds its error to it: error, array, case. */
final class LargestErrors {
    private static final String FILE = System.getProperty("duet.errors");

    private LargestErrors() {}

    static void add(String where, String array, double error) {
        if (FILE == null) return;
        try {
            String line = String.format(Locale.ROOT, "%.2e\t%s\t%s%n", error, array, where);
            Files.writeString(Path.of(FILE), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
