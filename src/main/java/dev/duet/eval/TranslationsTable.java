package dev.duet.eval;

import dev.duet.measure.Accuracy;
import dev.duet.measure.Disturbance;
import dev.duet.measure.SsimDiversity;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The table's blocks about translated images, besides their coherence. */
final class TranslationsTable {
    /** Of more classes the table shows no confusions: its lines would be too long. */
    private static final int MOST_CLASSES = 10;

    private final EvaluationTable table;

    TranslationsTable(EvaluationTable table) {
        this.table = table;
    }

    void disturbed(List<DisturbedCoherence> rows) {
        if (rows.isEmpty()) return;
        int columns = EvaluationTable.columns(rows.stream().map(TranslationsTable::name));
        StringBuilder others = new StringBuilder();
        for (Evaluation.Judged judged : rows.get(0).judged())
            others.append(EvaluationTable.padded(EvaluationTable.letter(judged.judge()) + " right %", 20))
                    .append("  macro  on real  ");
        table.heading("Coherence of changed", columns, others.toString());
        for (DisturbedCoherence row : rows) {
            StringBuilder read = new StringBuilder();
            for (Evaluation.Judged judged : row.judged()) read.append(judged(judged));
            table.line(
                    "  %s %7d%s",
                    EvaluationTable.padded(name(row), columns),
                    row.judged().get(0).accuracy().n(),
                    read);
        }
    }

    private static String judged(Evaluation.Judged judged) {
        return String.format(
                Locale.ROOT,
                "  %s  %5s  %7s",
                EvaluationTable.share(judged.accuracy()),
                EvaluationTable.percent(judged.accuracy().macro()),
                EvaluationTable.percent(judged.judgeAccuracy()));
    }

    /** Per class what the judges read in translations by one sample each: shares of all judges, confusions of the strong one. */
    void classes(List<Evaluation.Coherence> coherence, List<String> classes) {
        for (Evaluation.Coherence row : coherence)
            if (row.code().equals(Evaluation.Coherence.SAMPLE) && !row.source().equals(row.target()))
                classes(row, classes);
    }

    private void classes(Evaluation.Coherence row, List<String> classes) {
        Accuracy strong = row.strong().accuracy();
        int columns = EvaluationTable.columns(Stream.concat(classes.stream(), Stream.of(title(row))));
        boolean confusions = classes.size() <= MOST_CLASSES;
        StringBuilder heading = new StringBuilder(
                EvaluationTable.padded(EvaluationTable.letter(row.strong().judge()) + " right %", 20));
        for (Evaluation.Judged other : rest(row))
            heading.append(String.format(Locale.ROOT, "  %7s", EvaluationTable.letter(other.judge()) + " right"));
        if (confusions) heading.append("  ");
        for (String name : confusions ? classes : List.<String>of())
            heading.append(String.format(Locale.ROOT, " %4.4s", name));
        boolean others = strong.confusion().stream().anyMatch(counts -> counts.size() > classes.size());
        if (confusions && others) heading.append(" else");
        table.heading(title(row), columns, heading.toString());
        for (int c = 0; c < classes.size(); c++) {
            Accuracy.PerClass of = strong.perClass().get(c);
            StringBuilder rest = new StringBuilder();
            for (Evaluation.Judged other : rest(row))
                rest.append(String.format(
                        Locale.ROOT,
                        "  %7s",
                        EvaluationTable.percent(
                                other.accuracy().perClass().get(c).value())));
            if (confusions) rest.append("  ");
            for (long count : confusions ? strong.confusion().get(c) : List.<Long>of())
                rest.append(String.format(Locale.ROOT, " %4d", count));
            table.line(
                    "  %s %7d  %s%s",
                    EvaluationTable.padded(of.name(), columns),
                    of.n(),
                    EvaluationTable.share(of.value(), of.low(), of.high()),
                    rest);
        }
    }

    private static String title(Evaluation.Coherence row) {
        return row.source() + " → " + row.target() + ", read as";
    }

    private static List<Evaluation.Judged> rest(Evaluation.Coherence row) {
        return row.judged().subList(1, row.judged().size());
    }

    void diversity(List<TranslationDiversity> rows) {
        if (rows.isEmpty()) return;
        int columns = EvaluationTable.columns(rows.stream().map(TranslationsTable::name));
        table.heading("SSIM within classes", columns, "decoded  ± s.e.     real  ± s.e.  diversity, of real images'");
        for (TranslationDiversity row : rows) {
            SsimDiversity ssim = row.ssim();
            table.line(
                    "  %s %7d  %7s  %6s  %7s  %6s  %9s",
                    EvaluationTable.padded(name(row), columns),
                    ssim.pairs(),
                    EvaluationTable.number(ssim.generated(), 3),
                    EvaluationTable.number(ssim.generatedError(), 3),
                    EvaluationTable.number(ssim.real(), 3),
                    EvaluationTable.number(ssim.realError(), 3),
                    EvaluationTable.number(ssim.ratio(), 2));
        }
    }

    private static String name(DisturbedCoherence row) {
        Disturbance change = row.disturbance();
        return row.source() + " → " + row.target() + ", " + change.name();
    }

    private static String name(TranslationDiversity row) {
        return row.source() + " → " + row.target();
    }
}
