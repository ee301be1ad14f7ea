package dev.duet.data;

import dev.duet.DuetException;
import java.nio.file.Path;

/** A data file that is not what its format promises; names the file and the byte offset at which that showed. */
public final class DataFormatException extends DuetException {
    public DataFormatException(Path file, long offset, String what) {
        super(file + ", byte " + offset + ": " + what);
    }
}
