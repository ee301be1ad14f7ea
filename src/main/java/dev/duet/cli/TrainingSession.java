package dev.duet.cli;

import dev.duet.backend.Backend;
import dev.duet.run.AtomicFiles;
import dev.duet.run.Checkpoint;
import dev.duet.run.CheckpointStore;
import dev.duet.run.ConfiguredSets;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import dev.duet.run.RunLock;
import dev.duet.run.RunManifest;
import dev.duet.train.EpochReport;
import dev.duet.train.Trainer;
import dev.duet.train.TrainingListener;
import dev.duet.train.TrainingProgress;
import dev.duet.train.TrainingRun;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Trains into a run folder with everything around it: lock, configuration, manifest, signals and progress. */
final class TrainingSession {
    private final Terminal terminal;
    private final CommandSpec spec;
    private final DeviceOptions device;

    TrainingSession(Terminal terminal, CommandSpec spec, DeviceOptions device) {
        this.terminal = terminal;
        this.device = device;
        this.spec = spec;
    }

    /** Starts a new run; returns the exit code. */
    int start(RunFolder folder, RunConfig config) {
        int exit = trainNew(folder, config);
        return exit == CommandLine.ExitCode.OK ? fitSampler(folder, config) : exit;
    }

    @SuppressWarnings("try") // held, not used
    private int trainNew(RunFolder folder, RunConfig config) {
        // the device first, because without one there must be no folder either
        try (Backend backend = Backends.open(config.train(), device, terminal);
                RunLock lock = folder.lockNew()) {
            List<RunManifest.DataFile> files = files(config);
            AtomicFiles.write(folder.config(), config.toToml());
            manifest(config, backend, files).write(folder.manifest());
            return trainNew(folder, config, backend);
        }
    }

    private int trainNew(RunFolder folder, RunConfig config, Backend backend) {
        try {
            return train(folder, config, null, backend);
        } finally {
            if (!Files.exists(folder.metrics())) forget(folder);
        }
    }

    /** Training never began, as with damaged data: the same command must be able to start again. */
    private static void forget(RunFolder folder) {
        try {
            Files.deleteIfExists(folder.config());
            Files.deleteIfExists(folder.manifest());
        } catch (IOException e) {
            System.getLogger(TrainingSession.class.getName()).log(System.Logger.Level.DEBUG, "delete", e);
        }
    }

    /** Goes on with a run; returns the exit code. */
    int resume(RunFolder folder, RunConfig config) {
        int exit = goOn(folder, config);
        return exit == CommandLine.ExitCode.OK ? fitSampler(folder, config) : exit;
    }

    /** After training, whose device and memory are given back by then; what is there already stays. */
    private int fitSampler(RunFolder folder, RunConfig config) {
        if (config.sampler().kind() == RunConfig.SamplerKind.NONE) return CommandLine.ExitCode.OK;
        try (Interrupts interrupts = new Interrupts(terminal);
                OpenRun open = new OpenRun(folder, config, device, terminal)) {
            try {
                new RunSampler(open, terminal).findOrFit(interrupts);
                return CommandLine.ExitCode.OK;
            } catch (CancellationException e) {
                terminal.log("stopped before the sampler was fitted; go on with: duet train --out " + folder.root()
                        + " --resume");
                return interrupts.exitCode();
            }
        }
    }

    @SuppressWarnings("try") // held, not used
    private int goOn(RunFolder folder, RunConfig config) {
        try (RunLock lock = folder.lockExisting();
                Backend backend = Backends.open(config.train(), device, terminal)) {
            requireSameData(folder, config, backend);
            Checkpoint last =
                    new CheckpointStore(folder, terminal::warn).loadLast().orElse(null);
            if (last == null) terminal.log("no checkpoint was saved yet; starting from the beginning");
            return train(folder, config, last, backend);
        }
    }

    /** A run killed between its first two files has no manifest: it gets one. */
    private void requireSameData(RunFolder folder, RunConfig config, Backend backend) {
        List<RunManifest.DataFile> files = files(config);
        if (Files.exists(folder.manifest())) RunManifest.read(folder.manifest()).requireSameData(files);
        else manifest(config, backend, files).write(folder.manifest());
    }

    /** Reads all files that training will read. */
    private static List<RunManifest.DataFile> files(RunConfig config) {
        return ConfiguredSets.files(config).parallelStream()
                .map(RunManifest.DataFile::of)
                .toList();
    }

    private int train(RunFolder folder, RunConfig config, Checkpoint from, Backend backend) {
        long done = from == null ? 0 : from.progress().step();
        try (Interrupts interrupts = new Interrupts(terminal);
                View view = new View(done, config)) {
            Trainer.Outcome outcome = TrainingRun.run(config, folder, from, backend, view, interrupts);
            if (outcome == Trainer.Outcome.FINISHED) return CommandLine.ExitCode.OK;
            terminal.log("stopped with a checkpoint; go on with: duet train --out " + folder.root() + " --resume");
            return interrupts.exitCode();
        }
    }

    private RunManifest manifest(RunConfig config, Backend backend, List<RunManifest.DataFile> files) {
        List<String> arguments = spec.root().commandLine().getParseResult().originalArgs();
        return RunManifest.of(
                backend.describe(),
                backend.versions(),
                files,
                Map.of("seed", config.seed()),
                arguments,
                Clock.systemUTC());
    }

    /** Shows training: a bar while it runs, the lab's line per epoch. */
    private final class View implements TrainingListener, AutoCloseable {
        private final long done;
        private final List<String> modalities;
        private ProgressBar bar; // made at the first step, when the total is known

        View(long done, RunConfig config) {
            this.done = done;
            modalities =
                    config.modalities().stream().map(RunConfig.Modality::name).toList();
        }

        @Override
        public void step(TrainingProgress progress) {
            if (bar == null) {
                terminal.detail("the first step ended " + ProcessFigures.ageMillis() + " ms after the start");
                bar = new ProgressBar(
                        terminal,
                        "train",
                        done * progress.pairsPerStep(),
                        progress.steps() * progress.pairsPerStep(),
                        "pairs");
            }
            if (!bar.isDue()) return;
            bar.update(progress.step() * progress.pairsPerStep(), terms(progress));
        }

        private String terms(TrainingProgress progress) {
            StringBuilder text = new StringBuilder(String.format(
                    Locale.ROOT, "epoch %d/%d loss %.1f", progress.epoch(), progress.epochs(), progress.loss()));
            for (int t = 0; t < modalities.size(); t++) append(text, modalities.get(t), progress.reconstruction(t));
            append(text, "kl", progress.kl());
            append(text, "align", progress.aligning());
            return text.toString();
        }

        /** NaN: the stage has no such term. */
        private static void append(StringBuilder text, String name, double value) {
            if (!Double.isNaN(value)) text.append(String.format(Locale.ROOT, " %s %.1f", name, value));
        }

        @Override
        public void epoch(EpochReport report) {
            terminal.print(report.line());
        }

        @Override
        public void note(String line) {
            terminal.log(line);
        }

        @Override
        public void close() {
            if (bar != null) bar.close();
        }
    }
}
