package dev.duet.eval;

import dev.duet.measure.Confidence;
import dev.duet.measure.Retrieval;
import java.util.List;
import java.util.Locale;

/** The table's blocks about codes. */
final class CodesTable {
    private final EvaluationTable table;

    CodesTable(EvaluationTable table) {
        this.table = table;
    }

    void accuracies(List<CodeAccuracy> rows) {
        int columns = EvaluationTable.columns(rows.stream().map(CodesTable::name));
        table.heading(
                "Classes by codes",
                columns,
                "k-NN right %         macro  probe right %        macro  chance  fitted on, k");
        for (CodeAccuracy row : rows) {
            table.line(
                    "  %s %7d  %s  %5s  %s  %5s   %5s  %d, %d",
                    EvaluationTable.padded(name(row), columns),
                    row.probe().n(),
                    EvaluationTable.share(row.neighbours()),
                    EvaluationTable.percent(row.neighbours().macro()),
                    EvaluationTable.share(row.probe()),
                    EvaluationTable.percent(row.probe().macro()),
                    EvaluationTable.percent(row.chance()),
                    row.trainCodes(),
                    row.k());
        }
    }

    void retrieval(List<CodeRetrieval> rows) {
        if (rows.isEmpty()) return;
        int columns = EvaluationTable.columns(rows.stream().map(CodesTable::name));
        StringBuilder deeper = new StringBuilder();
        for (Retrieval.RecallAt at : deeper(rows.get(0)))
            deeper.append(String.format(Locale.ROOT, "  %8s", "first " + at.k()));
        table.heading(
                "Retrieval by means", columns, "first is right %    " + deeper + "  median    MAP  chance  among");
        for (CodeRetrieval row : rows) retrieval(row, columns);
    }

    private void retrieval(CodeRetrieval row, int columns) {
        Retrieval ranking = row.ranking();
        Confidence first = ranking.recall().get(0).share();
        StringBuilder deeper = new StringBuilder();
        for (Retrieval.RecallAt at : deeper(row))
            deeper.append(String.format(
                    Locale.ROOT, "  %8s", EvaluationTable.percent(at.share().estimate())));
        table.line(
                "  %s %7d  %s%s  %6.1f  %5.3f   %5s  %d",
                EvaluationTable.padded(name(row), columns),
                ranking.queries(),
                EvaluationTable.share(first.estimate(), first.low(), first.high()),
                deeper,
                ranking.medianRank(),
                ranking.meanAveragePrecision(),
                EvaluationTable.percent(ranking.chance()),
                ranking.gallery());
    }

    private static List<Retrieval.RecallAt> deeper(CodeRetrieval row) {
        return row.ranking().recall().subList(1, row.ranking().recall().size());
    }

    private static String name(CodeAccuracy row) {
        String part = row.part().equals("private") ? "private " + row.code() : row.code();
        String among = row.tested().equals(row.fitted()) ? "" : " by " + row.fitted();
        return part + ", " + row.tested() + among;
    }

    private static String name(CodeRetrieval row) {
        return row.source() + " among " + row.target();
    }
}
