package dev.duet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes folders. */
public final class Folders {
    private Folders() {}

    /**
     * Makes {@code folder} and the folders above it where they are missing. Unlike {@link Files#createDirectories} before
     * JDK 20, it takes a link to a folder for a folder.
     */
    public static void create(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) Files.createDirectories(folder);
    }
}
