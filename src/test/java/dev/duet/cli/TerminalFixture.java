package dev.duet.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A terminal whose two streams a test can read. */
final class TerminalFixture {
    private final ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    final Terminal terminal;

    TerminalFixture(boolean isTty, Map<String, String> environment) {
        terminal = new Terminal(
                new PrintStream(outBytes, true, StandardCharsets.UTF_8),
                new PrintStream(errBytes, true, StandardCharsets.UTF_8),
                isTty,
                isTty,
                environment);
    }

    /** Both streams redirected. */
    static TerminalFixture redirected() {
        return new TerminalFixture(false, Map.of("TERM", "xterm"));
    }

    /** Both streams at a terminal that takes colours. */
    static TerminalFixture tty() {
        return new TerminalFixture(true, Map.of("TERM", "xterm"));
    }

    String out() {
        return outBytes.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return errBytes.toString(StandardCharsets.UTF_8);
    }
}
