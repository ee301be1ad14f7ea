package dev.duet.data;

import dev.duet.DuetException;

/** A file of a data set is not there, which a download mends; says which and how. */
public final class MissingDataException extends DuetException {
    MissingDataException(String message) {
        super(message);
    }
}
