package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.Workers;
import dev.duet.measure.ImageSpread;
import dev.duet.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImageSpreadTest {
    private static final Shape PAIR_OF_PIXELS = Shape.of(1, 1, 2);
    private static final Workers ALONE = new Workers(1);

    /** Class 0: (0, 0) and (1, 0), mean (½, 0); class 1: (0, 1) alone. Σ(x − mean)² = ½ over 3·2 values. */
    @Test
    void varianceIsTakenWithinClassesOnly() {
        ImageSpread spread = new ImageSpread(PAIR_OF_PIXELS, 3);
        float[] images = {0, 0, 1, 0, 0, 1};
        spread.add(images, new int[] {0, 0, 1}, ALONE);
        assertThat(spread.withinClassVariance()).isCloseTo(0.5 / 6, within(1e-12));
    }

    /** 2×2 in two channels: (0, 1; 0.5, 0) has 1 + 0.25 across and 0.25 + 1 down; the flat second channel has none. */
    @Test
    void gradientEnergyStaysWithinChannelsAndBorders() {
        ImageSpread spread = new ImageSpread(Shape.of(2, 2, 2), 1);
        spread.add(new float[] {0, 1, 0.5f, 0, 0.25f, 0.25f, 0.25f, 0.25f}, new int[] {0}, ALONE);
        assertThat(spread.gradientEnergy()).isCloseTo(2.5 / 8, within(1e-12));
        assertThat(spread.withinClassVariance()).isZero();
    }

    @Test
    void workersDoNotChangeABit() {
        float[] images = new float[40 * 48];
        int[] labels = new int[40];
        for (int i = 0; i < images.length; i++) images[i] = (float) Math.abs(Math.sin(i));
        for (int i = 0; i < labels.length; i++) labels[i] = i % 3;
        ImageSpread alone = new ImageSpread(Shape.of(3, 4, 4), 3);
        alone.add(images, labels, ALONE);
        for (int threads : new int[] {2, 4}) {
            ImageSpread shared = new ImageSpread(Shape.of(3, 4, 4), 3);
            try (Workers workers = new Workers(threads)) {
                shared.add(images, labels, workers);
            }
            assertThat(shared.withinClassVariance()).isEqualTo(alone.withinClassVariance());
            assertThat(shared.gradientEnergy()).isEqualTo(alone.gradientEnergy());
        }
    }

    @Test
    void theSameImagesHaveRatioOneAndClassMeansZero() {
        float[] images = {0.1f, 0.9f, 0.3f, 0.4f, 1, 0, 0.2f, 0.2f};
        float[] means = {0.2f, 0.65f, 0.2f, 0.65f, 0.6f, 0.1f, 0.6f, 0.1f};
        int[] labels = {0, 0, 1, 1};
        TranslationTally same = new TranslationTally(PAIR_OF_PIXELS, 2, new int[] {2});
        same.add(images, images, labels, new int[][] {labels}, ALONE);
        TranslationTally collapsed = new TranslationTally(PAIR_OF_PIXELS, 2, new int[] {2});
        collapsed.add(means, images, labels, new int[][] {{0, 1, 1, 1}}, ALONE);
        SharedClasses classes = SharedClasses.of(List.of(Quadrants.set("a", 2, 2, 1, 1, List.of("nw", "se"))));
        Evaluation.Coherence one = same.result("a", "b", "mean", classes, List.of("b"), List.of(0.5));
        assertThat(one.varianceRatio()).isEqualTo(1);
        assertThat(one.gradientRatio()).isEqualTo(1);
        assertThat(one.strong().accuracy().value()).isEqualTo(1);
        Evaluation.Coherence none = collapsed.result("a", "b", "mean", classes, List.of("b"), List.of(0.5));
        assertThat(none.varianceRatio()).isCloseTo(0, within(1e-7));
        assertThat(none.gradientRatio()).isCloseTo(2 * (0.2025 + 0.25) / (0.64 + 0.01 + 1), within(1e-6));
        assertThat(none.strong().accuracy().correct()).isEqualTo(3);
        assertThat(none.strong().accuracy().macro()).isEqualTo(0.75);
        assertThat(none.strong().accuracy().confusion()).isEqualTo(List.of(List.of(1L, 1L), List.of(0L, 2L)));
    }
}
