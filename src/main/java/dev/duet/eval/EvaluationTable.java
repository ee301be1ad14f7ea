package dev.duet.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** An evaluation as text for people: shares in %, with their 95 % intervals. */
public final class EvaluationTable {
    private final StringBuilder out = new StringBuilder();

    private EvaluationTable() {}

    /** Lines of at most 120 columns, ending with a line feed. */
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
        elbo.terms().forEach((name, value) -> line("  %-28s %10.2f", name, value));
    }

    private void reconstruction(List<Evaluation.Reconstruction> rows) {
        line("");
        line("Reconstruction              n       squared error   per pixel   PSNR dB   SSIM");
        for (Evaluation.Reconstruction row : rows) {
            String name = row.modality() + " from " + row.posterior();
            line(
                    "  %-24s %7d %15.2f %11.5f %9s %6s",
                    name,
                    row.images(),
                    row.squaredError(),
                    row.meanSquaredError(),
                    number(row.psnr(), 2),
                    number(row.ssim(), 3));
        }
    }

    private void neighbours(List<Evaluation.Neighbours> rows) {
        line("");
        line("k-NN of latents             n       right %%");
        for (Evaluation.Neighbours row : rows) {
            String name = row.tested().equals(row.fitted()) ? row.tested() : row.tested() + " among " + row.fitted();
            line(
                    "  %-24s %7d   %s   k = %d of %d",
                    name, row.accuracy().n(), share(row.accuracy()), row.k(), row.trainLatents());
        }
    }

    private void coherence(Evaluation evaluation) {
        line("");
        line("Coherence                   n       right %%               macro   judge on real   variance   gradient");
        for (String code : List.of("sample", "mean")) {
            for (Evaluation.Coherence row : evaluation.coherence())
                if (row.code().equals(code)) coherence(row);
        }
        for (Evaluation.JointCoherence row : evaluation.jointCoherence()) joint(row);
    }

    private void coherence(Evaluation.Coherence row) {
        String name = row.source() + " → " + row.target() + ", " + row.code();
        line(
                "  %-24s %7d   %s   %5s   %13s   %8s   %8s",
                name,
                row.accuracy().n(),
                share(row.accuracy()),
                percent(row.accuracy().macro()),
                percent(row.judgeAccuracy()),
                number(row.varianceRatio(), 2),
                number(row.gradientRatio(), 2));
    }

    private void joint(Evaluation.JointCoherence row) {
        List<String> judges = new ArrayList<>();
        List<String> entropies = new ArrayList<>();
        row.judgeAccuracy().forEach((name, value) -> judges.add(percent(value)));
        row.classEntropy().forEach((name, value) -> entropies.add(name + " " + number(value, 2)));
        line(
                "  %-24s %7d   %5s [%5s, %5s]   %5s   %13s",
                "joint, " + row.sampler(),
                row.samples(),
                percent(row.agreement()),
                percent(row.low()),
                percent(row.high()),
                "",
                String.join(" / ", judges));
        line("    judged class entropy, nats: %s of at most %.2f", String.join(", ", entropies), row.maxEntropy());
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
