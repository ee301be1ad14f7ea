package dev.duet.cli;

import dev.duet.eval.Evaluation;
import dev.duet.eval.EvaluationTable;
import dev.duet.eval.Evaluator;
import dev.duet.run.AtomicFiles;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code duet eval}. */
@Command(
        name = "eval",
        header = "Measure a trained run on the test files.",
        description =
                "%nELBO, reconstructions, neighbours in latent space, and coherence of translations and samples as read"
                        + " by two classifiers of each domain that Duet trains itself, B strong, A as in publications,"
                        + " with their accuracy on real images beside. Training them takes 3 to 4 minutes on two"
                        + " cores, once for the same data. Writes RUN/evaluation.json.",
        footer = {
            "  duet eval runs/first",
            "  duet eval runs/first --data data --json > first.json",
            "  duet eval runs/second --judges runs/first/judges"
        })
final class EvalCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "RUN", description = "Run folder.")
    private Path run;

    @Mixin
    private MachineOptions machine;

    @Mixin
    private JudgeOptions judges;

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    private boolean json;

    @Option(names = "--pairs", paramLabel = "N", description = "Test pairs, at most (default: 10000).")
    private int pairs = 10_000;

    @Spec
    private CommandSpec spec;

    EvalCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Counts.requirePositive(spec, "--pairs", pairs);
        try (Interrupts interrupts = new Interrupts(terminal);
                OpenRun open = new OpenRun(run, machine, terminal)) {
            try {
                Evaluation evaluation =
                        evaluate(open, new JudgeFolder(open, judges.folder(), terminal), pairs, terminal, interrupts);
                terminal.out().print(json ? evaluation.toJson() + "\n" : EvaluationTable.of(evaluation));
                return CommandLine.ExitCode.OK;
            } catch (CancellationException e) {
                return interrupts.exitCode();
            }
        }
    }

    /** Evaluates and keeps the result in the run's folder. */
    static Evaluation evaluate(OpenRun open, JudgeFolder judges, int pairs, Terminal terminal, Interrupts interrupts) {
        Evaluator.Settings defaults = Evaluator.Settings.defaults(open.config().seed());
        Evaluator.Settings settings = new Evaluator.Settings(
                pairs,
                defaults.maxLatents(),
                defaults.priorSamples(),
                defaults.batch(),
                defaults.seed(),
                open.config().train().threads());
        Evaluator.Subject subject = new Evaluator.Subject(
                open.vae(),
                open.blueprint().elbo(),
                open.config().objective().beta(),
                open.config().objective().betaPrivate(),
                open.weights());
        Evaluator evaluator =
                new Evaluator(open.backend(), subject, open.train(), open.test(), judges.all(interrupts), settings);
        Evaluation evaluation;
        Stopwatch watch = new Stopwatch();
        try (PhaseProgress progress = new PhaseProgress(terminal, "pairs")) {
            evaluation = evaluator.evaluate(progress::at, interrupts);
        }
        terminal.log("evaluation: " + watch.rate(evaluation.conditions().pairs(), "pairs"));
        AtomicFiles.write(open.evaluation(), evaluation.toJson() + "\n");
        return evaluation;
    }
}
