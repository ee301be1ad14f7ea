package dev.duet.run;

import dev.duet.DuetException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Turns the terse messages of {@link IOException} into sentences that name the file and what was to be done with it. */
final class IoFailures {
    private IoFailures() {}

    /** @param action what failed, as an infinitive: "read", "write" */
    static DuetException of(String action, Path path, IOException cause) {
        return new DuetException(path + ": could not " + action + " this file: " + reason(cause), cause);
    }

    private static String reason(IOException cause) {
        if (cause instanceof NoSuchFileException missing) return "there is no " + missing.getFile();
        if (cause instanceof AccessDeniedException denied) return "permission denied for " + denied.getFile();
        if (cause instanceof FileAlreadyExistsException exists) return exists.getFile() + " is in the way";
        if (cause instanceof CharacterCodingException) return "it is not UTF-8 text";
        if (cause instanceof FileSystemException system && system.getReason() != null) return system.getReason();
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
