package dev.duet.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks options that count something. */
final class Counts {
    private Counts() {}

    /** @throws ParameterException if {@code count} is below 0 */
    static void requireNotNegative(CommandSpec spec, String option, int count) {
        if (count < 0) throw new ParameterException(spec.commandLine(), option + ": expected 0 or more, got " + count);
    }

    /** @throws ParameterException if {@code count} is below 1 */
    static void requirePositive(CommandSpec spec, String option, int count) {
        if (count < 1) throw new ParameterException(spec.commandLine(), option + ": expected at least 1, got " + count);
    }
}
