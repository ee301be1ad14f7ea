package dev.duet.cli;

import dev.duet.backend.Backend;
import dev.duet.profile.ProfileReport;
import dev.duet.run.AtomicFiles;
import dev.duet.run.RunConfig;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code duet profile}. */
@Command(
        name = "profile",
        header = "Say where the time of a training step goes.",
        description =
                "%nRuns the step of a preset or configuration on drawn images, needs no data, and prints each op's time,"
                        + " FLOP and bytes beside what the machine was measured to do in the same run.",
        footer = {
            "  duet profile --preset lab --batch 128",
            "  duet profile --preset cross --trace step.json       then open it at https://ui.perfetto.dev",
            "  duet profile --kernel list",
            "  duet profile --kernel output --size 1024 --json"
        })
final class ProfileCommand implements Callable<Integer> {
    private static final int ADAM_SIZE = 1 << 20;

    private final Terminal terminal;

    @Mixin
    private ConfigOptions options;

    @Option(names = "--repeats", paramLabel = "N", description = "Steps that the medians are of (default: 20).")
    private int repeats = 20;

    @Option(names = "--trace", paramLabel = "FILE", description = "Also write one step as Chrome/Perfetto trace JSON.")
    private Path trace;

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    private boolean json;

    @Option(names = "--kernel", paramLabel = "NAME", description = "One op alone; 'list' lists their names.")
    private String kernel;

    @Option(
            names = "--size",
            paramLabel = "N",
            description = "Rows of the kernel's batch, or parameters of adam (default: --batch; adam 1048576).")
    private Integer size;

    @Spec
    private CommandSpec spec;

    ProfileCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Counts.requirePositive(spec, "--repeats", repeats);
        if (size != null) Counts.requirePositive(spec, "--size", size);
        if (size != null && kernel == null)
            throw new ParameterException(spec.commandLine(), "--size is of a --kernel; for a step use --batch");
        if ("list".equals(kernel)) {
            terminal.out().print(ProfileReport.kernels());
            return CommandLine.ExitCode.OK;
        }
        if (kernel != null) Usage.check(spec, () -> ProfileReport.requireKernel(kernel));
        RunConfig config = options.config();
        try (Backend backend = Backends.open(config.train(), options.device(), terminal)) {
            ProfileReport report = report(backend, config);
            if (trace != null) AtomicFiles.write(trace, report.toTrace());
            terminal.out().print(json ? report.toJson() + "\n" : report.toText());
        }
        return CommandLine.ExitCode.OK;
    }

    private ProfileReport report(Backend backend, RunConfig config) {
        if (kernel == null) return ProfileReport.ofStep(backend, config, repeats);
        int standard = kernel.equals("adam") ? ADAM_SIZE : config.train().batch();
        return ProfileReport.ofKernel(backend, config, kernel, size == null ? standard : size, repeats);
    }
}
