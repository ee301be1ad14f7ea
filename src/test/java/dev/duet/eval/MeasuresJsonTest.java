package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.measure.Disturbance;
import dev.duet.measure.FrechetDistance;
import dev.duet.measure.LogLikelihood;
import dev.duet.measure.MixtureChoice;
import dev.duet.measure.Points;
import dev.duet.measure.Retrieval;
import dev.duet.measure.SsimDiversity;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The measures' records as the JSON of an evaluation writes and reads them. */
class MeasuresJsonTest {
    @Test
    void recordsComeBackAsTheyWent() {
        Points points = Points.of(new float[] {0, 1, 5, 6}, 4, 1);
        byte[] labels = {0, 0, 1, 1};
        SwapTally swaps = new SwapTally(2);
        swaps.add(new int[] {0}, new int[] {1}, new int[] {0});
        SharedClasses classes = SharedClasses.of(List.of(Quadrants.set("a", 2, 2, 1, 1, List.of("nw", "se"))));
        List<Record> measures = List.of(
                Retrieval.measure(points, labels, points, labels, Retrieval.Metric.EUCLIDEAN, 1),
                FrechetDistance.of(points, points),
                swaps.result("b", "svhn", classes),
                new SsimDiversity(0, null, null, 0.5, 0.1, null),
                new LogLikelihood("joint", "a+b", "Laplace, b = 0.75", 1000, 1, -3.5, null, null, null, 7.0),
                new MixtureChoice.Candidate(10, -20.5, -21.5, 33),
                Disturbance.STANDARD.get(1));
        for (Record measure : measures) {
            String json = Evaluation.JSON.writeValueAsString(measure);
            assertThat(Evaluation.JSON.readValue(json, measure.getClass())).isEqualTo(measure);
        }
        assertThat(Evaluation.JSON.writeValueAsString(measures.get(0))).contains("\"mean_reciprocal_rank\" : 1.0");
    }
}
