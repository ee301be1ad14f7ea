package dev.duet.cli;

import dev.duet.eval.Evaluation;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code duet demo}: the whole job on data that is made at once. */
@Command(
        name = "demo",
        header = "Do the whole job on procedural digits: train, evaluate, draw, report.",
        description =
                "%nNeeds no data: handwriting and house numbers are drawn by Duet itself. Takes some minutes on two"
                        + " cores.",
        footer = {"  duet demo", "  duet demo --out runs/look"})
final class DemoCommand implements Callable<Integer> {
    private static final int POINTS = 2_000;

    private final Terminal terminal;

    @Option(
            names = "--out",
            paramLabel = "RUN",
            description = "Run folder (default: runs/demo, or the next free name).")
    private Path out;

    @Option(names = "--precision", paramLabel = "P", description = ConfigOptions.PRECISION)
    private String precision;

    @Mixin
    private MachineOptions machine;

    @Spec
    private CommandSpec spec;

    DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        RunFolder folder = new RunFolder(out != null ? out : free());
        RunConfig config = configuration();
        terminal.log("training preset cross on procedural digits into " + folder.root());
        int exit = new TrainingSession(terminal, spec, machine.device()).start(folder, config);
        if (exit != CommandLine.ExitCode.OK) return exit;
        try (Interrupts interrupts = new Interrupts(terminal);
                OpenRun open = new OpenRun(folder.root(), machine, terminal)) {
            try {
                terminal.log("evaluating");
                JudgeFolder judges = new JudgeFolder(open, null, terminal);
                EvalCommand.Scope scope = new EvalCommand.Scope(
                        Evaluation.Split.TEST, config.data().syntheticCount(), 0);
                Evaluation evaluation = EvalCommand.evaluate(open, scope, judges.all(interrupts), terminal, interrupts);
                terminal.log("drawing");
                FiguresCommand.draw(open, judges, POINTS, terminal, interrupts);
                summary(evaluation);
                return CommandLine.ExitCode.OK;
            } catch (CancellationException e) {
                return interrupts.exitCode();
            }
        }
    }

    private RunConfig configuration() {
        return Usage.check(spec, () -> {
            RunConfig config = machine.apply(RunConfig.preset("demo"));
            if (precision == null) return config;
            RunConfig with = config.with("train.precision", precision);
            Backends.requirePrecision(with.train(), machine.device());
            return with;
        });
    }

    private static Path free() {
        Path first = Path.of("runs", "demo");
        Path path = first;
        for (int i = 2; Files.exists(path); i++) path = first.resolveSibling("demo-" + i);
        return path;
    }

    private void summary(Evaluation evaluation) {
        terminal.print("");
        terminal.print("translation, one sample each             right    judge B on real images");
        for (Evaluation.Coherence c : evaluation.coherence()) {
            if (c.source().equals(c.target()) || !c.code().equals(Evaluation.Coherence.SAMPLE)) continue;
            terminal.print(String.format(
                    Locale.ROOT,
                    "  %-36s %6.1f %%   %6.1f %%   (n = %d)",
                    c.source() + " → " + c.target(),
                    100 * c.strong().accuracy().value(),
                    100 * c.strong().judgeAccuracy(),
                    c.strong().accuracy().n()));
        }
    }
}
