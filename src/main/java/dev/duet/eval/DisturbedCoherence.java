package dev.duet.eval;

import dev.duet.measure.Disturbance;
import java.util.List;

/**
 * What judges read in changed copies of decoded images, one posterior sample each; {@code judgeAccuracy} is on real images that
 * were changed alike.
 *
 * @param disturbance the change
 * @param judged by each kind of judge, the strong one first
 */
public record DisturbedCoherence(
        String source, String target, Disturbance disturbance, List<Evaluation.Judged> judged) {
    public DisturbedCoherence {
        Evaluation.requireJudged(judged);
    }
}
