package dev.duet.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code duet data}: the parent of what there is to do with the data sets. */
@Command(
        name = "data",
        header = "Fetch, verify and describe the data sets MNIST and SVHN.",
        footer = {
            "  duet data fetch                       download both below data/",
            "  duet data verify --data /data/digits  compare what is there with the digests",
            "  duet data info --contact-sheet a.png  count images and look at them"
        })
final class DataCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    /** The command with its sub-commands. */
    static CommandLine with(Terminal terminal) {
        return new CommandLine(new DataCommand())
                .addSubcommand(new DataFetchCommand(terminal))
                .addSubcommand(new DataVerifyCommand(terminal))
                .addSubcommand(new DataInfoCommand(terminal));
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getOut());
        return CommandLine.ExitCode.OK;
    }
}
