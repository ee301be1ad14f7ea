package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.DuetException;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class ErrorReporterTest {
    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new DuetException("a.mat, byte 8: odd"), "a.mat, byte 8: odd"),
                Arguments.of(new NoSuchFileException("x/y"), "there is no file or folder x/y"),
                Arguments.of(new AccessDeniedException("x"), "no permission for x"),
                Arguments.of(
                        new FileSystemException("x", null, "No space left on device"), "x: No space left on device"),
                Arguments.of(new IOException("disk gone"), "disk gone"),
                Arguments.of(new EOFException(), "EOFException"),
                Arguments.of(new UncheckedIOException(new NoSuchFileException("z")), "there is no file or folder z"),
                Arguments.of(new UncheckedIOException("runs/a: full", new IOException("e")), "runs/a: full"),
                Arguments.of(
                        new ExecutionException(new CompletionException(new DuetException("in a worker"))),
                        "in a worker"),
                Arguments.of(
                        new OutOfMemoryError("Java heap space"),
                        "out of memory (Java heap space); try a smaller --batch or a larger limit, for example"
                                + " DUET_JAVA_OPTS=-Xmx4g"),
                Arguments.of(
                        new IllegalStateException("odd"),
                        "internal error (java.lang.IllegalStateException: odd); please report it together with what"
                                + " --verbose prints"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void saysOneSentence(Throwable thrown, String sentence) {
        assertThat(ErrorReporter.sentence(thrown)).isEqualTo(sentence);
    }

    @Test
    void exhaustedDirectMemoryNamesItsOwnLimit() {
        String message = "Cannot reserve 9 bytes of direct buffer memory";
        assertThat(ErrorReporter.sentence(new OutOfMemoryError(message))).contains(message, "-XX:MaxDirectMemorySize=");
    }

    @Test
    void theStackTraceIsForVerboseOnly() {
        TerminalFixture plain = TerminalFixture.redirected();
        assertThat(new ErrorReporter(plain.terminal).failed(new DuetException("no")))
                .isEqualTo(1);
        assertThat(plain.err()).isEqualTo("duet: no" + System.lineSeparator());

        TerminalFixture verbose = TerminalFixture.redirected();
        new CommandLine(new DuetCommand(verbose.terminal.verbosity())).parseArgs("--verbose");
        new ErrorReporter(verbose.terminal).failed(new DuetException("no"));
        assertThat(verbose.err()).contains("duet: no", "at dev.duet.cli.ErrorReporterTest.");
    }
}
