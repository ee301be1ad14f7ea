package dev.duet.cli;

import dev.duet.DuetException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what went wrong in one sentence on stderr, with the stack trace only for {@code --verbose}. */
final class ErrorReporter {
    private final Terminal terminal;

    ErrorReporter(Terminal terminal) {
        this.terminal = terminal;
    }

    /** A command failed; returns the exit code 1. */
    int failed(Throwable thrown) {
        terminal.error(sentence(thrown));
        if (terminal.verbosity().verbose()) thrown.printStackTrace(terminal.err());
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** The arguments were wrong; returns the exit code 2. */
    int misused(ParameterException thrown) {
        CommandLine command = thrown.getCommandLine();
        terminal.error(thrown.getMessage());
        UnmatchedArgumentException.printSuggestions(thrown, terminal.err());
        terminal.err().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return CommandLine.ExitCode.USAGE;
    }

    static String sentence(Throwable thrown) {
        Throwable cause = meaningful(thrown);
        if (cause instanceof DuetException) return cause.getMessage();
        if (cause instanceof UncheckedIOException) return cause.getMessage();
        if (cause instanceof FileSystemException file) return fileSentence(file);
        if (cause instanceof FileNotFoundException) return "cannot open " + cause.getMessage();
        if (cause instanceof IOException) return messageOrType(cause);
        if (cause instanceof OutOfMemoryError) return memorySentence(cause);
        return "internal error (" + cause + "); please report it together with what --verbose prints";
    }

    /** Peels off the wrappers that threads and lambdas add, so that what is said is what happened. */
    private static Throwable meaningful(Throwable thrown) {
        Throwable cause = thrown.getCause();
        boolean wrapper = thrown instanceof ExecutionException
                || thrown instanceof CompletionException
                || (thrown instanceof UncheckedIOException
                        && thrown.getMessage().equals(String.valueOf(cause)));
        return wrapper && cause != null ? meaningful(cause) : thrown;
    }

    private static String fileSentence(FileSystemException failure) {
        String file = failure.getFile();
        if (failure instanceof NoSuchFileException) return "there is no file or folder " + file;
        if (failure instanceof AccessDeniedException) return "no permission for " + file;
        if (failure instanceof FileAlreadyExistsException) return file + " exists already";
        if (failure instanceof NotDirectoryException) return file + " is not a folder";
        return failure.getReason() == null ? messageOrType(failure) : file + ": " + failure.getReason();
    }

    private static String memorySentence(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        String option = message.contains("direct") ? "-XX:MaxDirectMemorySize=8g" : "-Xmx4g";
        return "out of memory (" + message + "); try a smaller --batch or a larger limit, for example DUET_JAVA_OPTS="
                + option;
    }

    private static String messageOrType(Throwable thrown) {
        return thrown.getMessage() == null ? thrown.getClass().getSimpleName() : thrown.getMessage();
    }
}
