package dev.duet.cli;

import dev.duet.BuildInfo;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code duet}: says what there is. */
@Command(
        name = "duet",
        versionProvider = DuetCommand.Version.class,
        header = "Learns one latent space for two or more kinds of images, and translates between them.",
        footer = {
            "  duet demo                                            the whole job on drawn digits, in minutes",
            "  duet data fetch --data data                          download MNIST and SVHN",
            "  duet train --data data --out runs/a                  train; Ctrl-C saves, --resume goes on",
            "  duet eval runs/a                                     measure it on the test files",
            "  duet figures runs/a                                  draw it, and write report.html",
            "  duet translate runs/a --from svhn --to mnist --in a.png --out out",
            "  duet bench                                           how fast a training step is here",
            "  duet profile                                         where a training step's time goes",
            "  duet doctor                                          what this machine has and lacks",
            "  duet help train                                      one command's options and examples",
            "",
            "Results go to stdout, logs to stderr. Exit codes: 0 done, 1 failed, 2 wrong",
            "arguments, 130 and 143 stopped by Ctrl-C and SIGTERM. NO_COLOR=1 turns colours",
            "off; DUET_JAVA_OPTS is passed on to Java."
        })
final class DuetCommand implements Callable<Integer> {
    @Mixin
    @SuppressWarnings("unused") // picocli sets its fields; Terminal reads them
    private final Verbosity verbosity;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version and exit.")
    @SuppressWarnings("unused") // picocli prints the version itself
    private boolean version;

    @Spec
    private CommandSpec spec;

    DuetCommand(Verbosity verbosity) {
        this.verbosity = verbosity;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getOut());
        return CommandLine.ExitCode.OK;
    }

    /** Duet's version and what it runs on. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                "Duet " + BuildInfo.current(),
                "Java " + Runtime.version() + " (" + System.getProperty("java.vendor") + "), "
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch")
            };
        }
    }
}
