package dev.duet.cli;

import dev.duet.DuetException;
import dev.duet.eval.Evaluation;
import dev.duet.eval.FigureData;
import dev.duet.eval.FigureMaker;
import dev.duet.eval.LatentMap;
import dev.duet.figures.RunFigures;
import dev.duet.figures.RunReport;
import dev.duet.measure.TSne;
import dev.duet.run.MetricsLog;
import dev.duet.run.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code duet figures}. */
@Command(
        name = "figures",
        header = "Draw a trained run: translations, samples, t-SNE, loss curves and a report.",
        description = "%nWrites RUN/figures/*.png and RUN/report.html, one page with everything in it. What duet eval"
                + " measured is in the report too.",
        footer = {"  duet figures runs/first", "  duet figures runs/first --data data --points 10000"})
final class FiguresCommand implements Callable<Integer> {
    private static final int BATCH = 128;
    private static final int DEFAULT_POINTS = 3_000;

    private final Terminal terminal;

    @Parameters(paramLabel = "RUN", description = "Run folder.")
    private Path run;

    @Mixin
    private MachineOptions machine;

    @Mixin
    private JudgeOptions judges;

    @Option(names = "--points", paramLabel = "N", description = "Points of each t-SNE, at most (default: 3000).")
    private int points = DEFAULT_POINTS;

    @Spec
    private CommandSpec spec;

    FiguresCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Counts.requirePositive(spec, "--points", points);
        try (Interrupts interrupts = new Interrupts(terminal);
                OpenRun open = new OpenRun(run, machine, terminal)) {
            try {
                draw(open, new JudgeFolder(open, judges.folder(), terminal), points, terminal, interrupts);
                return CommandLine.ExitCode.OK;
            } catch (CancellationException e) {
                return interrupts.exitCode();
            }
        }
    }

    /** Draws everything, and prints where it lies. */
    static void draw(OpenRun open, JudgeFolder judges, int points, Terminal terminal, BooleanSupplier stop)
            throws IOException {
        long seed = open.config().seed();
        FigureData data = new FigureMaker(
                        open.backend(),
                        open.vae(),
                        open.test(),
                        judges.strong(stop),
                        new RunSampler(open, terminal).usual(1),
                        FigureMaker.Settings.defaults(seed))
                .make(stop);
        TSne.Settings tsne = new TSne.Settings(
                TSne.Settings.defaults().perplexity(),
                TSne.Settings.defaults().iterations(),
                open.config().train().threads(),
                seed);
        LatentMap map;
        Stopwatch watch = new Stopwatch();
        try (PhaseProgress progress = new PhaseProgress(terminal, "iterations")) {
            map = LatentMap.of(
                    open.backend(),
                    open.vae(),
                    open.test(),
                    new LatentMap.Settings(points, BATCH, seed, tsne),
                    (name, iteration, iterations) -> progress.at("t-SNE of " + name, iteration, iterations),
                    stop);
        }
        if (stop.getAsBoolean()) throw new CancellationException("figures: stopped");
        int embedded = map.panels().stream()
                .mapToInt(panel -> panel.embedding().count())
                .sum();
        terminal.detail("t-SNE: " + watch.rate(embedded, "points"));
        Evaluation evaluation = evaluation(open, terminal);
        List<RunFigures.Figure> figures = RunFigures.draw(
                open.folder().figures(),
                new RunFigures.Contents(
                        data,
                        map,
                        MetricsLog.read(open.folder().metrics()),
                        open.config().stages(),
                        evaluation),
                stop);
        Path name = open.folder().root().toAbsolutePath().normalize().getFileName();
        RunReport.write(open.folder().report(), name.toString(), summary(open.config()), evaluation, figures);
        terminal.print(figures.size() + " figures in " + open.folder().figures());
        terminal.print("report: " + open.folder().report());
    }

    /** What was measured of the very weights that are drawn, or null. */
    private static Evaluation evaluation(OpenRun open, Terminal terminal) throws IOException {
        Path file = open.evaluation(Evaluation.Split.TEST);
        if (!Files.exists(file)) return null;
        try {
            Evaluation evaluation = Evaluation.fromJson(Files.readString(file));
            Evaluation.Weights measured = evaluation.conditions().weights();
            if (measured.equals(open.weights())) return evaluation;
            terminal.warn("the report leaves out the measures: " + file + " is about the weights of step "
                    + measured.step() + ", the figures show other ones, of step "
                    + open.weights().step()
                    + "; run duet eval again");
        } catch (DuetException e) {
            terminal.warn("the report leaves out the measures: " + e.getMessage());
        }
        return null;
    }

    private static Map<String, String> summary(RunConfig config) {
        Map<String, String> summary = new LinkedHashMap<>();
        summary.put("preset", config.preset());
        summary.put(
                "domains",
                config.modalities().stream()
                        .map(m -> m.name() + " (" + m.size() + "×" + m.size() + ", " + m.channels() + " ch., "
                                + m.likelihood().name().toLowerCase(Locale.ROOT) + ")")
                        .collect(Collectors.joining(", ")));
        summary.put("shared code", config.model().latent() + " dimensions");
        summary.put("epochs", Integer.toString(config.epochs()));
        summary.put("seed", Long.toString(config.seed()));
        return summary;
    }
}
