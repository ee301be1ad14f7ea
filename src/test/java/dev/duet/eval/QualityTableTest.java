package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.measure.Accuracy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QualityTableTest {
    /** 90 and 94 % have mean 92 and sample standard deviation 2√2; a column of one run has no deviation. */
    @Test
    void columnsHaveTheMeanAndDeviationOfTheirRuns() {
        Map<String, List<Evaluation>> columns = new LinkedHashMap<>();
        columns.put("two", List.of(evaluation(0.90, 0.5), evaluation(0.94, 0.7)));
        columns.put("one", List.of(evaluation(0.5, null)));
        assertThat(QualityTable.of(columns)).isEqualTo("""
                | | two | one |
                |---|---|---|
                | a → b, sample, judge B, % | 92.0 ± 2.83 | 50.0 |
                | a → b, sample, variance within classes over real | 0.60 ± 0.14 | – |
                | a → b, sample, gradient energy over real | 1.10 ± 0.00 | 1.10 |
                """);
    }

    private static Evaluation evaluation(double right, Double variance) {
        Accuracy accuracy = new Accuracy(100, Math.round(100 * right), right, 0, 1, right, List.of(), List.of());
        Evaluation.Coherence way = new Evaluation.Coherence(
                "a", "b", "sample", List.of(new Evaluation.Judged("b", accuracy, 1.0)), variance, 1.1);
        return new Evaluation(
                Evaluation.VERSION,
                null,
                null,
                List.of(),
                List.of(way),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }
}
