package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.measure.Points;
import java.util.List;
import org.junit.jupiter.api.Test;

class CodeProbesTest {
    private static final List<String> CLASSES = List.of("left", "right");
    private final CodeProbes probes = new CodeProbes(
            List.of("a", "b", "a+b"), SharedClasses.of(List.of(Quadrants.set("a", 2, 2, 1, 1, CLASSES))), 1);

    /** 40 codes of one coordinate, class by class: {@code left} of class 0, {@code right} of class 1, spread by ½. */
    private static LabelledPoints codes(float left, float right) {
        float[] values = new float[40];
        byte[] labels = new byte[40];
        for (int i = 0; i < 40; i++) {
            labels[i] = (byte) (i % 2);
            values[i] = (i % 2 == 0 ? left : right) + i / 80f;
        }
        return new LabelledPoints(Points.of(values, 40, 1), labels);
    }

    /** The domains have the classes at opposite sides: each reads itself, and the other wholly wrong. */
    @Test
    void eachPosteriorIsReadByItsOwnAndByTheOthers() {
        List<LabelledPoints> codes = List.of(codes(-4, 4), codes(4, -4), codes(-4, 4));
        probes.addShared("mean", codes, codes);
        assertThat(probes.accuracies().stream().map(row -> row.tested() + " by " + row.fitted()))
                .containsExactly("a+b by a+b", "a by a", "b by a", "a by b", "b by b");
        assertThat(probes.accuracies()).allSatisfy(row -> {
            boolean same = row.tested().equals(row.fitted());
            assertThat(row.part() + row.code()).isEqualTo("sharedmean");
            assertThat(row.probe().value()).isEqualTo(same ? 1 : 0);
            assertThat(row.neighbours().value()).isEqualTo(same ? 1 : 0);
            assertThat(row.chance()).isEqualTo(0.5);
        });
        probes.addRetrieval(codes);
        assertThat(probes.retrievals()).hasSize(2).allSatisfy(row -> {
            assertThat(row.ranking().recall().get(0).share().estimate()).isZero();
            assertThat(row.ranking().medianRank())
                    .as("behind all 20 of the other class")
                    .isEqualTo(21);
        });
    }

    @Test
    void privateCodesStandForThemselves() {
        probes.addPrivate("sample", 1, codes(-4, 4), codes(-4, 4));
        assertThat(probes.accuracies()).singleElement().satisfies(row -> {
            assertThat(row.part() + " " + row.code() + " " + row.tested() + " by " + row.fitted())
                    .isEqualTo("private sample b by b");
            assertThat(row.probe().n()).isEqualTo(40);
        });
    }
}
