package dev.duet.cli;

import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** How much the logs say; mixed into the root command and understood by every command, before or after its name. */
final class Verbosity {
    @Option(
            names = {"-q", "--quiet"},
            scope = ScopeType.INHERIT,
            description = "Print results, warnings and errors only.")
    private boolean quiet;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Print details, and the stack trace of an error.")
    private boolean verbose;

    void validate(CommandLine command) {
        if (quiet && verbose) throw new ParameterException(command, "--quiet and --verbose exclude each other");
    }

    boolean quiet() {
        return quiet;
    }

    boolean verbose() {
        return verbose;
    }
}
