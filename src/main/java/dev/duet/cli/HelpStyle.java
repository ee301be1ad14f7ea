package dev.duet.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What the help of all commands has in common, so that a command states only its own header, options and examples. */
final class HelpStyle {
    private static final int COLUMNS = 100;

    private HelpStyle() {}

    /** Applies to a command and all below it. A command's footer is its examples. */
    static void apply(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        if (spec.findOption("-h") == null) spec.addOption(helpOption());
        spec.usageMessage()
                .width(COLUMNS)
                .synopsisHeading("%nUsage: ")
                .synopsisSubcommandLabel("COMMAND")
                .optionListHeading("%nOptions:%n")
                .commandListHeading("%nCommands:%n")
                .footerHeading("%nExamples:%n");
        command.getSubcommands().values().forEach(HelpStyle::apply);
    }

    private static OptionSpec helpOption() {
        return OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Print this help and exit.")
                .build();
    }
}
