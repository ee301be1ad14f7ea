package dev.duet.eval;

import java.util.ArrayList;
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
        table.reconstruction(evaluation.reconstruction());
        table.neighbours(evaluation.neighbours());
        table.coherence(evaluation);
        return table.out.toString();
    }

    private void conditions(Evaluation.Conditions conditions) {
        List<String> domains = new ArrayList<>();
        for (Evaluation.Domain domain : conditions.domains()) {
            String leftOut = domain.leftOut() == 0 ? "" : ", " + domain.leftOut() + " of other classes left out";
            domains.add(domain.used() + " of " + domain.testImages() + " " + domain.name() + leftOut);
        }
        line(
                "Test files: %d label-matched pairs (%s), seed %d",
                conditions.pairs(), String.join("; ", domains), conditions.seed());
    }

    private void elbo(Evaluation.TestElbo elbo) {
        line("");
        line("ELBO, nats per pair         loss %.2f   rec %.2f   kl %.2f", elbo.loss(), elbo.rec(), elbo.kl());
        int columns = Math.max(4 + LEAST_NAME_COLUMNS, longest(elbo.terms().keySet().stream()));
        elbo.terms().forEach((name, value) -> line("  %s %10.2f", padded(name, columns), value));
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

    private void neighbours(List<Evaluation.Neighbours> rows) {
        int columns = columns(rows.stream().map(EvaluationTable::name));
        heading("k-NN of latents", columns, "right %");
        for (Evaluation.Neighbours row : rows) {
            line(
                    "  %s %7d   %s   k = %d of %d",
                    padded(name(row), columns), row.accuracy().n(), share(row.accuracy()), row.k(), row.trainLatents());
        }
    }

    private void coherence(Evaluation evaluation) {
        int columns = columns(Stream.concat(
                evaluation.coherence().stream().map(EvaluationTable::name),
                evaluation.jointCoherence().stream().map(EvaluationTable::name)));
        heading("Coherence", columns, "right %               macro   judge on real   variance   gradient");
        for (String code : List.of("sample", "mean")) {
            for (Evaluation.Coherence row : evaluation.coherence())
                if (row.code().equals(code)) coherence(row, columns);
        }
        for (Evaluation.JointCoherence row : evaluation.jointCoherence()) joint(row, columns);
    }

    private void coherence(Evaluation.Coherence row, int columns) {
        line(
                "  %s %7d   %s   %5s   %13s   %8s   %8s",
                padded(name(row), columns),
                row.accuracy().n(),
                share(row.accuracy()),
                percent(row.accuracy().macro()),
                percent(row.judgeAccuracy()),
                number(row.varianceRatio(), 2),
                number(row.gradientRatio(), 2));
    }

    private void joint(Evaluation.JointCoherence row, int columns) {
        List<String> judges = new ArrayList<>();
        List<String> entropies = new ArrayList<>();
        row.judgeAccuracy().forEach((name, value) -> judges.add(percent(value)));
        row.classEntropy().forEach((name, value) -> entropies.add(name + " " + number(value, 2)));
        line(
                "  %s %7d   %5s [%5s, %5s]   %5s   %13s",
                padded(name(row), columns),
                row.samples(),
                percent(row.agreement()),
                percent(row.low()),
                percent(row.high()),
                "",
                String.join(" / ", judges));
        line("    judged class entropy, nats: %s of at most %.2f", String.join(", ", entropies), row.maxEntropy());
    }

    private static String name(Evaluation.Reconstruction row) {
        return row.modality() + " from " + row.posterior();
    }

    private static String name(Evaluation.Neighbours row) {
        return row.tested().equals(row.fitted()) ? row.tested() : row.tested() + " among " + row.fitted();
    }

    private static String name(Evaluation.Coherence row) {
        return row.source() + " → " + row.target() + ", " + row.code();
    }

    private static String name(Evaluation.JointCoherence row) {
        return "joint, " + row.sampler();
    }

    /** Width of a block's first column. */
    private static int columns(Stream<String> names) {
        return Math.max(LEAST_NAME_COLUMNS, longest(names));
    }

    private static int longest(Stream<String> names) {
        return names.mapToInt(String::length).max().orElse(0);
    }

    private static String padded(String name, int columns) {
        return name + " ".repeat(Math.max(0, columns - name.length()));
    }

    /** An empty line and the headings of a block whose rows begin with an indented name and n. */
    private void heading(String title, int columns, String rest) {
        line("");
        line("%s%s%s", padded(title, columns + 4), "n       ", rest);
    }

    private static String share(Accuracy accuracy) {
        return String.format(
                Locale.ROOT,
                "%5s [%5s, %5s]",
                percent(accuracy.value()),
                percent(accuracy.low()),
                percent(accuracy.high()));
    }

    private static String percent(Double share) {
        return share == null ? "–" : number(100 * share, 1);
    }

    private static String number(Double value, int decimals) {
        return value == null ? "–" : String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    private void line(String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
