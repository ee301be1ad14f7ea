package dev.duet.backend.cuda;

import dev.duet.DuetException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The native libraries in this process. They are the process's for good: a second one of the same name is refused. */
final class LoadedLibraries {
    private static final Map<String, Path> BY_NAME = new HashMap<>();

    private LoadedLibraries() {}

    /**
     * Loads a library that others may need by name; does nothing if it is loaded.
     *
     * @throws UnsatisfiedLinkError if the system's loader refuses it
     * @throws DuetException if it is no whole library, or if the process uses another of its name
     */
    static synchronized void load(Path library) {
        String name = library.getFileName().toString();
        Path file = real(library);
        Path before = BY_NAME.get(name);
        if (file.equals(before)) return;
        if (before != null) {
            throw new DuetException(
                    library + " cannot be loaded: this process uses " + before + " already; start another one");
        }
        Elf.requireWhole(file);
        System.load(library.toString());
        BY_NAME.put(name, file);
    }

    private static Path real(Path library) {
        try {
            return library.toRealPath();
        } catch (IOException e) {
            throw new DuetException(library + ": cannot be read (" + e + ")", e);
        }
    }
}
