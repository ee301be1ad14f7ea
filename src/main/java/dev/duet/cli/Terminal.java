package dev.duet.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import picocli.CommandLine.Help.Ansi;

/**
 * The two streams of a command, results on stdout and logs on stderr, and what may be written to them: colours only to a
 * terminal that wants them, redrawn lines only to a terminal.
 */
final class Terminal {
    /** ANSI "erase in line": from the cursor to the end. */
    private static final String ERASE_TO_END = "\033[K";

    private final PrintStream out;
    private final PrintStream err;
    private final boolean outIsTty;
    private final boolean errIsTty;
    private final boolean colourWanted;
    private final Verbosity verbosity = new Verbosity();
    private final Set<String> said = ConcurrentHashMap.newKeySet();
    private boolean statusShown;

    Terminal(PrintStream out, PrintStream err, boolean outIsTty, boolean errIsTty, Map<String, String> environment) {
        this.out = out;
        this.err = err;
        this.outIsTty = outIsTty;
        this.errIsTty = errIsTty;
        // https://no-color.org: any non-empty value means no colours.
        this.colourWanted = environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(environment.getOrDefault("TERM", "dumb"));
    }

    /** The streams of this process, in UTF-8 whatever the locale says. */
    static Terminal ofProcess() {
        return new Terminal(utf8(FileDescriptor.out), utf8(FileDescriptor.err), isTty(1), isTty(2), System.getenv());
    }

    private static PrintStream utf8(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    /** System.console() cannot tell one stream from another, and from JDK 22 on is there even if all are redirected. */
    private static boolean isTty(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    Verbosity verbosity() {
        return verbosity;
    }

    boolean errIsTty() {
        return errIsTty;
    }

    /** Whether what goes to stdout may be coloured. */
    Ansi outAnsi() {
        return outIsTty && colourWanted ? Ansi.ON : Ansi.OFF;
    }

    /** Whether what goes to stderr may be coloured. */
    Ansi errAnsi() {
        return errIsTty && colourWanted ? Ansi.ON : Ansi.OFF;
    }

    /** Stdout, for a result of many lines; clears a progress bar first. */
    synchronized PrintStream out() {
        eraseStatus();
        return out;
    }

    /** Stderr, for a text of many lines; clears a progress bar first. */
    synchronized PrintStream err() {
        eraseStatus();
        return err;
    }

    /** One line of the result. */
    void print(String line) {
        out().println(line);
    }

    /** One line of the log; not with {@code --quiet}. */
    void log(String line) {
        if (!verbosity.quiet()) err().println(line);
    }

    /** One line of the log that a command says once, however often it comes by. */
    void logOnce(String line) {
        if (said.add(line)) log(line);
    }

    /** One line of detail; only with {@code --verbose}. */
    void detail(String line) {
        if (verbosity.verbose()) err().println(line);
    }

    /** One line that even {@code --quiet} lets through, such as what could not be used and why. */
    void warn(String line) {
        err().println(styled("bold,yellow", "warning: ", errAnsi()) + line);
    }

    /** One line saying why the command failed. */
    void error(String sentence) {
        err().println(styled("bold,red", "duet: ", errAnsi()) + sentence);
    }

    /** {@code text} in a style of picocli's such as {@code bold,red}, or as it is if {@code ansi} is off. */
    static String styled(String style, String text, Ansi ansi) {
        return ansi.string("@|" + style + " " + text + "|@");
    }

    /** Replaces the status line at the foot of a terminal's stderr; any other output erases it first. */
    synchronized void status(String line) {
        err.print("\r" + line + ERASE_TO_END);
        err.flush();
        statusShown = true;
    }

    /** Removes the status line, if there is one. */
    synchronized void eraseStatus() {
        if (!statusShown) return;
        err.print("\r" + ERASE_TO_END);
        err.flush();
        statusShown = false;
    }
}
