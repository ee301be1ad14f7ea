package dev.duet.cli;

import dev.duet.DuetException;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Makes wrong values of flags what they are to scripts: wrong arguments, exit code 2. */
final class Usage {
    private Usage() {}

    /** What {@code flags} gives, where only flags' values can be wrong. */
    static <T> T check(CommandSpec command, Supplier<T> flags) {
        try {
            return flags.get();
        } catch (DuetException e) {
            throw new ParameterException(command.commandLine(), e.getMessage(), e);
        }
    }
}
