package dev.duet.eval;

import dev.duet.measure.Accuracy;
import dev.duet.measure.Confidence;
import dev.duet.measure.LogLikelihood;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** An evaluation as text for people: shares in %, with their 95 % intervals. */
public final class EvaluationTable {
    private static final int LEAST_NAME_COLUMNS = 24;

    private final StringBuilder out = new StringBuilder();

    private EvaluationTable() {}

    /** Lines ending with a line feed, of at most 120 columns unless the modalities have long names. */
    public static String of(Evaluation evaluation) {
        EvaluationTable table = new EvaluationTable();
        table.conditions(evaluation.conditions());
        table.elbo(evaluation.elbo());
        table.logLikelihoods(evaluation.logLikelihoods());
        table.reconstruction(evaluation.reconstruction());
        CodesTable codes = new CodesTable(table);
        codes.accuracies(evaluation.codes());
        codes.retrieval(evaluation.retrieval());
        table.judges(evaluation.judges());
        table.coherence(evaluation);
        TranslationsTable translations = new TranslationsTable(table);
        translations.disturbed(evaluation.disturbed());
        translations.classes(evaluation.coherence(), evaluation.conditions().classes());
        translations.diversity(evaluation.diversity());
        table.distances(evaluation.featureDistances());
        table.swaps(evaluation.swaps());
        return table.out.toString();
    }

    private void conditions(Evaluation.Conditions conditions) {
        List<String> domains = new ArrayList<>();
        for (Evaluation.Domain domain : conditions.domains()) {
            String leftOut = domain.leftOut() == 0 ? "" : ", " + domain.leftOut() + " of other classes left out";
            domains.add(domain.used() + " of " + domain.images() + " " + domain.name() + leftOut);
        }
        line(
                "%s: %d label-matched pairs (%s), seed %d",
                title(conditions.split()), conditions.pairs(), String.join("; ", domains), conditions.seed());
        if (!conditions.privateCodes().equals(Evaluation.Conditions.NO_PRIVATE_CODES))
            line("Private codes of translated images from: %s", conditions.privateCodes());
        if (conditions.split() == Evaluation.Split.VALIDATION)
            line("The judges learned from these images: what they read in real ones is no ceiling.");
    }

    private static String title(Evaluation.Split split) {
        return split == Evaluation.Split.TEST ? "Test files" : "Validation images, held out of the training files";
    }

    private void elbo(Evaluation.TestElbo elbo) {
        line("");
        line("ELBO, nats per pair         loss %.2f   rec %.2f   kl %.2f", elbo.loss(), elbo.rec(), elbo.kl());
        int columns = Math.max(4 + LEAST_NAME_COLUMNS, longest(elbo.terms().keySet().stream()));
        elbo.terms().forEach((name, value) -> line("  %s %10.2f", padded(name, columns), value));
    }

    private void logLikelihoods(List<LogLikelihood> rows) {
        if (rows.isEmpty()) return;
        int columns = columns(rows.stream().map(EvaluationTable::name));
        heading(
                "Log-likelihood, K = " + rows.get(0).samples(),
                columns,
                "nats      ± s.e.  effective K  density of pixels");
        for (LogLikelihood row : rows) {
            line(
                    "  %s %7d %10s %8s %12s  %s",
                    padded(name(row), columns),
                    row.images(),
                    number(row.mean(), 2),
                    number(row.standardError(), 2),
                    number(row.effectiveSamples(), 1),
                    row.form().equals("joint") ? "as below" : row.density());
        }
    }

    private void reconstruction(List<Evaluation.Reconstruction> rows) {
        int columns = columns(rows.stream().map(EvaluationTable::name));
        heading("Reconstruction", columns, "squared error   per pixel   PSNR dB   SSIM");
        for (Evaluation.Reconstruction row : rows) {
            line(
                    "  %s %7d %15.2f %11.5f %9s %6s",
                    padded(name(row), columns),
                    row.images(),
                    row.squaredError(),
                    row.meanSquaredError(),
                    number(row.psnr(), 2),
                    number(row.ssim(), 3));
        }
    }

    private void coherence(Evaluation evaluation) {
        int columns = columns(Stream.concat(
                evaluation.coherence().stream().map(EvaluationTable::name),
                evaluation.jointCoherence().stream().map(EvaluationTable::name)));
        StringBuilder others = new StringBuilder();
        for (Evaluation.Judged other : others(evaluation.coherence()))
            others.append(other(other.judge(), letter(other.judge()) + " right", "on real"));
        String strong = evaluation.coherence().isEmpty()
                ? ""
                : letter(evaluation.coherence().get(0).strong().judge());
        heading(
                "Coherence",
                columns,
                padded(strong + " right %", 20) + "  macro  on real" + others + "  variance  gradient");
        for (String code :
                List.of(Evaluation.Coherence.SAMPLE, Evaluation.Coherence.SAMPLE_OF_PRIOR, Evaluation.Coherence.MEAN)) {
            for (Evaluation.Coherence row : evaluation.coherence())
                if (row.code().equals(code)) coherence(row, columns);
        }
        for (Evaluation.JointCoherence row : evaluation.jointCoherence()) joint(row, columns);
    }

    /** Judges besides the strong one. */
    private static List<Evaluation.Judged> others(List<Evaluation.Coherence> rows) {
        return rows.isEmpty() ? List.of() : rest(rows.get(0).judged());
    }

    private static <T> List<T> rest(List<T> all) {
        return all.subList(1, all.size());
    }

    private void coherence(Evaluation.Coherence row, int columns) {
        Evaluation.Judged strong = row.strong();
        StringBuilder others = new StringBuilder();
        for (Evaluation.Judged other : rest(row.judged()))
            others.append(other(other.judge(), percent(other.accuracy().value()), percent(other.judgeAccuracy())));
        line(
                "  %s %7d  %s  %5s  %7s%s  %8s  %8s",
                padded(name(row), columns),
                strong.accuracy().n(),
                share(strong.accuracy()),
                percent(strong.accuracy().macro()),
                percent(strong.judgeAccuracy()),
                others,
                number(row.varianceRatio(), 2),
                number(row.gradientRatio(), 2));
    }

    private void joint(Evaluation.JointCoherence row, int columns) {
        Evaluation.Agreement strong = row.strong();
        StringBuilder others = new StringBuilder();
        for (Evaluation.Agreement other : rest(row.judged()))
            others.append(other(other.judge(), percent(other.agreement()), ""));
        line(
                "  %s %7d  %s  %5s  %7s%s",
                padded(name(row), columns),
                row.samples(),
                share(strong.agreement(), strong.low(), strong.high()),
                "",
                "",
                others);
        List<String> entropies = new ArrayList<>();
        strong.classEntropy().forEach((name, value) -> entropies.add(name + " " + number(value, 2)));
        line(
                "    entropy of the classes that %s reads, nats: %s of at most %.2f",
                letter(strong.judge()), String.join(", ", entropies), row.maxEntropy());
    }

    /** Two columns of a judge besides the strong one, as wide as their headings. */
    private static String other(String judge, String right, String onReal) {
        int wide = Math.max(7, (letter(judge) + " right").length());
        return String.format(Locale.ROOT, "  %" + wide + "s  %7s", right, onReal);
    }

    /** How people call a kind of judge. */
    static String letter(String judge) {
        return judge.toUpperCase(Locale.ROOT);
    }

    private void judges(List<Evaluation.JudgeAccuracy> rows) {
        int columns = columns(rows.stream().map(EvaluationTable::name));
        heading("Judges on real images", columns, "right %               macro  hardest class");
        for (Evaluation.JudgeAccuracy row : rows) {
            line(
                    "  %s %7d  %s  %5s  %s",
                    padded(name(row), columns),
                    row.accuracy().n(),
                    share(row.accuracy()),
                    percent(row.accuracy().macro()),
                    hardest(row.accuracy()));
        }
    }

    /** The class with the lowest share, and that share. */
    private static String hardest(Accuracy accuracy) {
        return accuracy.perClass().stream()
                .filter(of -> of.value() != null)
                .min(Comparator.comparing(Accuracy.PerClass::value))
                .map(of -> of.name() + ": " + percent(of.value()))
                .orElse("–");
    }

    private void distances(List<Evaluation.FeatureDistance> rows) {
        if (rows.isEmpty()) return;
        int columns = columns(rows.stream().map(EvaluationTable::name));
        line("");
        line(
                "Fréchet distance from real images in the feature space of judge %s",
                letter(rows.get(0).judge()));
        line("%s%s", padded("", columns + 4), "n       distance   by means   halves of the real ones");
        for (Evaluation.FeatureDistance row : rows) {
            line(
                    "  %s %7d   %8s   %8s   %8s (n = %d)",
                    padded(name(row), columns),
                    row.distance().generated(),
                    number(row.distance().value(), 2),
                    number(row.distance().meanTerm(), 2),
                    number(row.realHalves().value(), 2),
                    row.realHalves().real());
        }
    }

    private void swaps(List<CodeSwap> rows) {
        if (rows.isEmpty()) return;
        int columns = columns(rows.stream().map(EvaluationTable::name));
        heading("Swapped codes, read as", columns, "shared code's class %   private code's %");
        for (CodeSwap row : rows) {
            Confidence follows = row.followsPrivate();
            line(
                    "  %s %7d  %s     %s",
                    padded(name(row), columns),
                    row.shared().n(),
                    share(row.shared()),
                    share(follows.estimate(), follows.low(), follows.high()));
        }
    }

    private static String name(CodeSwap row) {
        return row.modality() + " by judge " + letter(row.judge());
    }

    private static String name(Evaluation.FeatureDistance row) {
        return row.source() + " → " + row.target();
    }

    private static String name(Evaluation.JudgeAccuracy row) {
        return letter(row.judge()) + " of " + row.modality();
    }

    private static String name(LogLikelihood row) {
        return row.form() + " " + row.of();
    }

    private static String name(Evaluation.Reconstruction row) {
        return row.modality() + " from " + row.posterior();
    }

    private static String name(Evaluation.Coherence row) {
        return row.source() + " → " + row.target() + ", " + row.code();
    }

    private static String name(Evaluation.JointCoherence row) {
        return "joint, " + row.sampler();
    }

    /** Width of a block's first column. */
    static int columns(Stream<String> names) {
        return Math.max(LEAST_NAME_COLUMNS, longest(names));
    }

    private static int longest(Stream<String> names) {
        return names.mapToInt(String::length).max().orElse(0);
    }

    static String padded(String name, int columns) {
        return name + " ".repeat(Math.max(0, columns - name.length()));
    }

    /** An empty line and the headings of a block whose rows begin with an indented name and n. */
    void heading(String title, int columns, String rest) {
        line("");
        line("%s%s%s", padded(title, columns + 4), "n       ", rest);
    }

    static String share(Accuracy accuracy) {
        return share(accuracy.value(), accuracy.low(), accuracy.high());
    }

    static String share(Double value, double low, double high) {
        return String.format(Locale.ROOT, "%5s [%5s, %5s]", percent(value), percent(low), percent(high));
    }

    static String percent(Double share) {
        return share == null ? "–" : number(100 * share, 1);
    }

    static String number(Double value, int decimals) {
        return value == null ? "–" : String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    void line(String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }
}
