package dev.duet.cli;

import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.profile.BenchImages;
import dev.duet.profile.StepBench;
import dev.duet.run.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code duet bench}: how fast a training step is, and against what the device could do. */
@Command(
        name = "bench",
        header = "Time whole training steps at several batch sizes.",
        description =
                "%nOne line per case: gathering, noise, forward, backward, Adam and the loss terms read back. The peak is"
                        + " that of the device's matrix products in the same precision, measured four times among the"
                        + " steps. Needs no data.",
        footer = {
            "  duet bench                                         the lab's step at batch 128",
            "  duet bench --device cpu --precision fp32,bf16      each beside the products of its own precision",
            "  duet bench --batch 128,1024,8192 --precision tf32,bf16 --device cuda --json",
            "  duet bench --preset cross --threads 1 --steps 100"
        })
final class BenchCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(names = "--preset", paramLabel = "NAME", description = "Model and objective (default: lab).")
    private String preset = "lab";

    @Option(
            names = "--batch",
            paramLabel = "N",
            arity = "1..*",
            split = ",",
            description = "Pairs per step (default: 128).")
    private List<Integer> batches = List.of(128);

    @Option(
            names = "--precision",
            paramLabel = "P",
            arity = "1..*",
            split = ",",
            description = "fp32, bf16, or on GPUs tf32 (default: the preset's).")
    private List<String> precisions = List.of();

    @Option(names = "--steps", paramLabel = "N", description = "Steps to time (default: three seconds, at least ten).")
    private int steps;

    @Option(names = "--images", paramLabel = "N", description = "Images resident per domain (default: 60000).")
    private int images = 60_000;

    @Mixin
    private MachineOptions machine;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Any key of the configuration; repeatable.")
    private Map<String, String> set = new LinkedHashMap<>();

    @Option(names = "--json", description = "Print one JSON object per case instead of a table.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    private Machine computer;
    private long startMillis; // of the process, to the end of its first step

    BenchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Counts.requirePositive(spec, "--images", images);
        if (steps < 0) throw new ParameterException(spec.commandLine(), "--steps: expected at least 0, got " + steps);
        for (int batch : batches) Counts.requirePositive(spec, "--batch", batch);
        List<RunConfig> configs = configurations();
        computer = Machine.read(Path.of("/"));
        int largest = batches.stream().mapToInt(Integer::intValue).max().orElseThrow();
        List<ImageSet> sets = BenchImages.of(configs.get(0), Math.max(images, largest));
        if (!json) terminal.print(BenchLine.HEADER);
        for (RunConfig config : configs) {
            for (int batch : batches) run(config, sets, batch);
        }
        if (!json) terminal.print(BenchLine.FOOTER);
        return CommandLine.ExitCode.OK;
    }

    /** One for each precision. */
    private List<RunConfig> configurations() {
        return Usage.check(spec, () -> {
            RunConfig config = machine.apply(RunConfig.preset(preset));
            for (Map.Entry<String, String> entry : set.entrySet())
                config = config.with(entry.getKey(), entry.getValue());
            RunConfig base = config;
            List<RunConfig> configs = precisions.isEmpty()
                    ? List.of(base)
                    : precisions.stream()
                            .map(p -> base.with("train.precision", p))
                            .toList();
            configs.forEach(each -> Backends.requirePrecision(each.train(), machine.device()));
            return configs;
        });
    }

    private void run(RunConfig config, List<ImageSet> sets, int batch) {
        ProcessFigures.forgetPeakMemory();
        long began = System.nanoTime();
        try (Backend backend = Backends.open(config.train(), machine.device(), terminal)) {
            StepBench bench = new StepBench(backend, config, sets, batch);
            bench.first();
            double firstMillis = (System.nanoTime() - began) * 1e-6;
            if (startMillis == 0) startMillis = ProcessFigures.ageMillis();
            MachineLoad load = MachineLoad.begin();
            StepBench.Result result = bench.measure(steps);
            BenchLine line = new BenchLine(
                    config,
                    backend,
                    batch,
                    sets.get(0).count(),
                    result,
                    firstMillis,
                    startMillis,
                    ProcessFigures.peakMemory(),
                    load.end(),
                    computer);
            terminal.print(json ? line.toJson() : line.toText());
        }
    }
}
