package dev.duet.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where a command finds and keeps judges. */
final class JudgeOptions {
    @Option(
            names = "--judges",
            paramLabel = "DIR",
            description = "Folder of the judges, such as that of another run of the same data (default: RUN/judges)."
                    + " Missing ones are trained and kept there.")
    private Path folder;

    /** The chosen folder, or null for the run's own. */
    Path folder() {
        return folder;
    }
}
