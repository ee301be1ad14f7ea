package dev.duet.eval;

import dev.duet.DuetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Prints what {@code duet eval} measured of several runs as a Markdown table: a column for each argument {@code NAME=FILE[,FILE…]}
 * of evaluations in JSON, those of one column being of different seeds, and mean ± standard deviation of these.
 */
public final class QualityTable {
    private QualityTable() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length == 0)
            throw new DuetException("expected NAME=FILE[,FILE…] for each column, got nothing; see tools/quality-table");
        Map<String, List<Evaluation>> columns = new LinkedHashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 1) throw new DuetException("expected NAME=FILE[,FILE…], got '" + argument + "'");
            List<Evaluation> of = new ArrayList<>();
            for (String file : argument.substring(equals + 1).split(","))
                of.add(Evaluation.fromJson(Files.readString(Path.of(file))));
            columns.put(argument.substring(0, equals), of);
        }
        System.out.print(of(columns));
    }

    /** Rows that no evaluation has are left out; a cell that a column lacks is a dash. */
    static String of(Map<String, List<Evaluation>> columns) {
        StringBuilder out = new StringBuilder("| | " + String.join(" | ", columns.keySet()) + " |\n");
        out.append("|---").append("|---".repeat(columns.size())).append("|\n");
        Map<String, Map<String, List<Double>>> rows = new LinkedHashMap<>(); // row, column: a value of each seed
        columns.forEach((column, seeds) -> seeds.forEach(seed -> figures(seed)
                .forEach((row, value) -> rows.computeIfAbsent(row, key -> new LinkedHashMap<>())
                        .computeIfAbsent(column, key -> new ArrayList<>())
                        .add(value))));
        rows.forEach((row, cells) -> out.append("| ")
                .append(row)
                .append(columns.keySet().stream()
                        .map(column -> cell(cells.getOrDefault(column, List.of())))
                        .collect(Collectors.joining(" | ", " | ", " |\n"))));
        return out.toString();
    }

    /** Mean ± sample standard deviation; one value alone without. */
    private static String cell(List<Double> values) {
        if (values.isEmpty()) return "–";
        double[] of = values.stream().mapToDouble(Double::doubleValue).toArray();
        double mean = Arrays.stream(of).average().orElseThrow();
        if (of.length == 1) return number(mean);
        double squares = Arrays.stream(of).map(v -> (v - mean) * (v - mean)).sum();
        return number(mean) + " ± " + number(Math.sqrt(squares / (of.length - 1)));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, Math.abs(value) < 3 ? "%.2f" : "%.1f", value);
    }

    private static Map<String, Double> figures(Evaluation evaluation) {
        Map<String, Double> out = new LinkedHashMap<>();
        for (Evaluation.Coherence row : evaluation.coherence()) {
            if (row.source().equals(row.target())) continue;
            String way = row.source() + " → " + row.target() + ", " + row.code();
            for (Evaluation.Judged judged : row.judged())
                put(
                        out,
                        way + ", judge " + EvaluationTable.letter(judged.judge()) + ", %",
                        percent(judged.accuracy().value()));
            put(out, way + ", variance within classes over real", row.varianceRatio());
            put(out, way + ", gradient energy over real", row.gradientRatio());
        }
        for (Evaluation.JointCoherence row : evaluation.jointCoherence()) {
            for (Evaluation.Agreement judged : row.judged())
                put(
                        out,
                        "joint, " + row.sampler() + ", judge " + EvaluationTable.letter(judged.judge()) + ", %",
                        percent(judged.agreement()));
        }
        for (CodeSwap row : evaluation.swaps())
            put(
                    out,
                    "swapped codes, " + row.modality() + " follows s, judge " + EvaluationTable.letter(row.judge())
                            + ", %",
                    percent(row.shared().value()));
        for (Evaluation.Reconstruction row : evaluation.reconstruction())
            put(out, row.modality() + " from " + row.posterior() + ", squared error", row.squaredError());
        for (Evaluation.FeatureDistance row : evaluation.featureDistances()) {
            if (!row.source().equals(row.target()))
                put(
                        out,
                        row.source() + " → " + row.target() + ", Fréchet distance",
                        row.distance().value());
        }
        for (CodeAccuracy row : evaluation.codes()) {
            if (row.code().equals("mean") && row.fitted().equals(row.tested()))
                put(
                        out,
                        "class by " + row.part() + " means of " + row.tested() + ", k-NN, %",
                        percent(row.neighbours().value()));
        }
        return out;
    }

    private static Double percent(Double share) {
        return share == null ? null : 100 * share;
    }

    private static void put(Map<String, Double> out, String row, Double value) {
        if (value != null) out.put(row, value);
    }
}
