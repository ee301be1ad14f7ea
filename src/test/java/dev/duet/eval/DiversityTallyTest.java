package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.Workers;
import dev.duet.measure.ImageMetrics;
import dev.duet.measure.SsimDiversity;
import dev.duet.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiversityTallyTest {
    private static final Shape SMALL = Shape.of(1, 8, 8);
    private static final Shape LARGE = Shape.of(1, 12, 12);
    private static final int SIZE = 144;
    private final DiversityTally tally = new DiversityTally(List.of("a", "b"), List.of(SMALL, LARGE), 2);

    /** Images of b with a pattern that depends on {@code seeds}. */
    private static float[] images(int... seeds) {
        float[] out = new float[seeds.length * SIZE];
        for (int i = 0; i < out.length; i++) out[i] = (float) (0.5 + 0.5 * Math.sin(i % SIZE * (1 + seeds[i / SIZE])));
        return out;
    }

    /** Translations of a class are one image; real ones of a class differ, and are those of b alone, each once. */
    @Test
    void decodedPairsStandBesideRealOnesOfTheirClass() {
        int[] labels = {0, 0, 1, 1};
        tally.add(0, 1, images(1, 1, 2, 2), images(9, 9, 9, 9), labels);
        tally.add(1, 1, images(3, 4, 3, 4), images(5, 6, 7, 8), labels);
        List<TranslationDiversity> result = tally.result();
        assertThat(result.stream().map(row -> row.source() + row.target())).containsExactly("ab", "bb");
        SsimDiversity collapsed = result.get(0).ssim();
        assertThat(collapsed.pairs()).isEqualTo(2);
        assertThat(collapsed.generated()).isCloseTo(1, within(1e-12));
        assertThat(collapsed.ratio()).isCloseTo(0, within(1e-12));
        assertThat(collapsed.real()).isCloseTo((ssim(5, 6) + ssim(7, 8)) / 2, within(1e-12));
        assertThat(result.get(1).ssim().generated()).isCloseTo(ssim(3, 4), within(1e-12));
        assertThat(result.get(1).ssim().real()).isEqualTo(collapsed.real());
    }

    private static double ssim(int x, int y) {
        try (Workers workers = new Workers(1)) {
            return ImageMetrics.ssim(images(x), images(y), LARGE.batched(1), workers)[0];
        }
    }

    @Test
    void imagesBelowTheWindowHaveNone() {
        tally.add(0, 0, new float[2 * 64], new float[2 * 64], new int[] {0, 0});
        assertThat(tally.result()).noneMatch(row -> row.target().equals("a"));
    }
}
