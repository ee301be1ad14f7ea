package dev.duet;

/**
 * A failure that a user can understand and mend. Its message is one readable sentence: what failed, what was expected,
 * what was found, where, and what to try. The command line prints the message alone; the stack trace only with
 * {@code --verbose}.
 */
public class DuetException extends RuntimeException {
    public DuetException(String message) {
        super(message);
    }

    public DuetException(String message, Throwable cause) {
        super(message, cause);
    }
}
