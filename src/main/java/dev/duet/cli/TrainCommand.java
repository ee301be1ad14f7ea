package dev.duet.cli;

import dev.duet.DuetException;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code duet train}. */
@Command(
        name = "train",
        header = "Train a joint VAE and leave everything in a run folder.",
        description =
                "%nCtrl-C finishes the step, saves a checkpoint and exits with 130; --resume goes on to the same bits.",
        footer = {
            "  duet train --data data --out runs/first",
            "  duet train --preset lab --data data --epochs 3 --out runs/lab",
            "  duet train --out runs/first --resume",
            "  duet train --preset lab --data data --epochs 3 --out runs/lab --resume",
            "  duet train --config my.toml --set model.latent=32 --out runs/small"
        })
final class TrainCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private ConfigOptions options;

    @Option(names = "--out", paramLabel = "RUN", required = true, description = "Run folder to make, or to go on with.")
    private Path out;

    @Option(
            names = "--resume",
            description = "Go on from the run's last checkpoint; start the run if there is none yet.")
    private boolean resume;

    @Spec
    private CommandSpec spec;

    TrainCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        int exit = train(new RunFolder(out), new TrainingSession(terminal, spec, options.device()));
        if (exit == CommandLine.ExitCode.OK) {
            terminal.log("trained: " + out + "; next: duet eval " + out + ", duet figures " + out);
        }
        return exit;
    }

    private int train(RunFolder folder, TrainingSession session) {
        if (!resume) return session.start(folder, options.config());
        if (Files.exists(folder.config())) {
            return session.resume(folder, options.resumed(RunConfig.load(folder.config())));
        }
        // no flags: more likely a misspelt name than the wish for hours of the default preset
        if (!options.changesTheRun()) {
            throw new DuetException(
                    out + ": expected a run with a config.toml to resume, found none; start it without --resume");
        }
        RunConfig config = options.config();
        terminal.log(out + ": no run to resume yet; starting it");
        return session.start(folder, config);
    }
}
