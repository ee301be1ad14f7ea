package dev.duet.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code duet completion}: the script that lets bash and zsh complete Duet's commands and options. */
@Command(
        name = "completion",
        header = "Print the completion script for bash and zsh.",
        footer = {
            "  source <(./duet completion)                        this shell only",
            "  ./duet completion > ~/.local/share/bash-completion/completions/duet"
        })
final class CompletionCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    CompletionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        terminal.print(AutoComplete.bash("duet", spec.root().commandLine()));
        return CommandLine.ExitCode.OK;
    }
}
