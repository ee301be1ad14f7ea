package dev.duet.cli;

import dev.duet.DuetException;
import dev.duet.eval.CodeMixtures;
import dev.duet.eval.Evaluation;
import dev.duet.eval.EvaluationTable;
import dev.duet.eval.Evaluator;
import dev.duet.eval.Judges;
import dev.duet.run.AtomicFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
        header = "Measure a trained run on the test files, or on its validation images.",
        description =
                "%nELBO, reconstructions, neighbours in latent space, and coherence of translations and samples (from the prior,"
                        + " the fitted mixture and the posteriors of training pairs) and swapped codes as read"
                        + " by two classifiers of each domain that Duet trains itself, B strong, A as in publications,"
                        + " with their accuracy on real images beside. Training them takes 3 to 4 minutes on two"
                        + " cores, once for the same data. Writes RUN/evaluation.json, of validation images"
                        + " RUN/evaluation-validation.json.",
        footer = {
            "  duet eval runs/first",
            "  duet eval runs/first --split validation",
            "  duet eval runs/first --data data --json > first.json",
            "  duet eval runs/second --judges runs/first/judges",
            "  duet eval runs/first --judge-onnx mnist=mnist.onnx,svhn=svhn.onnx"
        })
final class EvalCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "RUN", description = "Run folder.")
    private Path run;

    @Mixin
    private MachineOptions machine;

    @Mixin
    private JudgeOptions judges;

    @Mixin
    private OnnxOptions onnx;

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    private boolean json;

    @Option(
            names = "--split",
            paramLabel = "SPLIT",
            description = "Images to measure on: test, the test files; or validation, the images that training held out"
                    + " by data.validation, to choose models by (default: test).")
    private String split = "test";

    @Option(names = "--pairs", paramLabel = "N", description = "Pairs, at most (default: 10000).")
    private int pairs = 10_000;

    @Option(
            names = "--likelihood",
            paramLabel = "N",
            description =
                    "Images whose log-likelihoods are estimated by importance weighting, of each form at most, 1000"
                            + " samples each; 0 for none (default: ${DEFAULT-VALUE}).")
    private int likelihood = Evaluator.Settings.defaults(0).likelihood().images();

    @Spec
    private CommandSpec spec;

    EvalCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Counts.requirePositive(spec, "--pairs", pairs);
        Counts.requireNotNegative(spec, "--likelihood", likelihood);
        Evaluation.Split images = Usage.check(spec, () -> split(split));
        try (Interrupts interrupts = new Interrupts(terminal);
                OpenRun open = new OpenRun(run, machine, terminal)) {
            requireHeldOut(open, images);
            onnx.check(spec, open);
            try (OnnxOptions.Opened brought = onnx.open(open, terminal)) {
                List<Judges> kinds = new ArrayList<>(new JudgeFolder(open, judges.folder(), terminal).all(interrupts));
                kinds.addAll(brought.kinds());
                Scope scope = new Scope(images, pairs, likelihood);
                Evaluation evaluation = evaluate(open, scope, kinds, terminal, interrupts);
                terminal.out().print(json ? evaluation.toJson() + "\n" : EvaluationTable.of(evaluation));
                return CommandLine.ExitCode.OK;
            } catch (CancellationException e) {
                return interrupts.exitCode();
            }
        }
    }

    private static Evaluation.Split split(String name) {
        return switch (name) {
            case "test" -> Evaluation.Split.TEST;
            case "validation" -> Evaluation.Split.VALIDATION;
            default -> throw new DuetException("--split: expected test or validation, got '" + name + "'");
        };
    }

    private static void requireHeldOut(OpenRun open, Evaluation.Split split) {
        if (split == Evaluation.Split.TEST || open.config().data().validation() > 0) return;
        throw new DuetException("--split validation: expected a run that held images out of training, got one with"
                + " data.validation = 0 in " + open.folder().config()
                + "; train with --set data.validation=0.1, or measure on --split test");
    }

    private static CodeMixtures sampler(OpenRun open, Terminal terminal) {
        Optional<CodeMixtures> sampler = new RunSampler(open, terminal).find();
        if (sampler.isEmpty())
            terminal.log("no sampler was fitted to this run, so none is measured; to fit one: duet sample "
                    + open.folder().root() + " --sampler mixture --out DIR");
        return sampler.orElse(null);
    }

    /**
     * What to measure, and how much of it.
     *
     * @param pairs at most
     * @param likelihood images whose log-likelihoods are estimated, of each form at most
     */
    record Scope(Evaluation.Split split, int pairs, int likelihood) {}

    /**
     * Evaluates and keeps the result in the run's folder.
     *
     * @param judges the kinds that read every figure, the strong one first
     */
    static Evaluation evaluate(
            OpenRun open, Scope scope, List<Judges> judges, Terminal terminal, Interrupts interrupts) {
        Evaluator.Settings defaults = Evaluator.Settings.defaults(open.config().seed());
        Evaluator.Settings settings = new Evaluator.Settings(
                scope.pairs,
                defaults.maxLatents(),
                defaults.priorSamples(),
                new Evaluator.Likelihood(scope.likelihood, defaults.likelihood().samples()),
                defaults.batch(),
                defaults.seed(),
                open.config().train().threads());
        Evaluator.Subject subject = new Evaluator.Subject(
                open.vae(),
                open.blueprint().elbo(),
                open.config().objective().beta(),
                open.config().objective().betaPrivate(),
                open.weights(),
                sampler(open, terminal));
        Evaluator evaluator = new Evaluator(open.backend(), subject, open.sets(scope.split), judges, settings);
        Evaluation evaluation;
        Stopwatch watch = new Stopwatch();
        try (PhaseProgress progress = new PhaseProgress(terminal, "pairs")) {
            evaluation = evaluator.evaluate(progress::at, interrupts);
        }
        terminal.log("evaluation: " + watch.rate(evaluation.conditions().pairs(), "pairs"));
        AtomicFiles.write(open.evaluation(scope.split), evaluation.toJson() + "\n");
        return evaluation;
    }
}
