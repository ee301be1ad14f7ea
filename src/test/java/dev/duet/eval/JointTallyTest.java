package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import dev.duet.measure.Confidence;
import java.util.List;
import org.junit.jupiter.api.Test;

class JointTallyTest {
    /** Judge b knows a class besides the two shared ones, number 2 here; two judges at "none of these" do not agree. */
    @Test
    void judgesAgreeOnSharedClassesOnly() {
        JointTally tally = new JointTally(List.of("a", "b"), 2, new int[] {3, 3});
        tally.add(new int[][] {{0, 1, 0, 2}, {0, 1, 1, 2}});
        tally.add(new int[][] {{1, 0, 0, 0}, {1, 2, 0, 0}});
        Evaluation.Agreement result = tally.result("b", List.of(0.9, 0.8));
        assertThat(result.judge()).isEqualTo("b");
        assertThat(result.agreement()).isEqualTo(5 / 8.0);
        assertThat(result.low()).isEqualTo(Confidence.wilson(5, 8).low());
        assertThat(result.classCounts())
                .containsExactly(entry("a", List.of(5L, 2L, 1L)), entry("b", List.of(3L, 3L, 2L)));
        double entropy = -(5 * Math.log(5 / 8.0) + 2 * Math.log(2 / 8.0) + Math.log(1 / 8.0)) / 8;
        assertThat(result.classEntropy().get("a")).isCloseTo(entropy, within(1e-12));
        assertThat(result.judgeAccuracy()).containsExactly(entry("a", 0.9), entry("b", 0.8));
    }

    @Test
    void oneClassOnlyHasNoEntropy() {
        JointTally tally = new JointTally(List.of("a"), 2, new int[] {2});
        tally.add(new int[][] {{1, 1, 1}});
        Evaluation.Agreement result = tally.result("b", List.of(1.0));
        assertThat(result.agreement()).isEqualTo(1);
        assertThat(result.classEntropy().get("a")).isZero();
        assertThat(result.classCounts().get("a")).containsExactly(0L, 3L);
    }
}
