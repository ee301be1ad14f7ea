package dev.duet.backend.cuda;

import dev.duet.DuetException;
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
        Path before = BY_NAME.get(name);
        if (library.equals(before)) return;
        if (before != null)
            throw new DuetException(library + " cannot be loaded: this process uses " + before + "; start a new one");
        requireWhole(library);
        System.load(library.toString());
        BY_NAME.put(name, library);
    }

    /** @throws DuetException if it is no whole library */
    private static void requireWhole(Path library) {
        Elf.of(library);
    }
}
