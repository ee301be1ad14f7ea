package dev.duet.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.duet.Workers;
import dev.duet.tensor.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ReconstructionTallyTest {
    private static final Workers ALONE = new Workers(1);

    /** Errors 0 (exact, infinite PSNR), and ¼ in one of two pixels: 1/16 per image, 1/32 per pixel. */
    @Test
    void exactImagesCountInTheMeanErrorButNotInTheMeanPsnr() {
        ReconstructionTally tally = new ReconstructionTally(Shape.of(1, 1, 2));
        tally.add(new float[] {0, 1}, new float[] {0, 1}, 1, ALONE);
        tally.add(new float[] {0, 1}, new float[] {0.25f, 1}, 1, ALONE);
        Evaluation.Reconstruction result = tally.result("a", "a+b");
        assertThat(result.images()).isEqualTo(2);
        assertThat(result.squaredError()).isEqualTo(1 / 32.0);
        assertThat(result.meanSquaredError()).isEqualTo(1 / 64.0);
        assertThat(result.psnr()).isCloseTo(10 * Math.log10(64), within(1e-12));
        assertThat(result.psnrPerImage()).isCloseTo(10 * Math.log10(32), within(1e-12));
        assertThat(result.ssim()).as("smaller than the window").isNull();
    }

    @Test
    void ssimIsTheMeanOverImages() {
        ReconstructionTally tally = new ReconstructionTally(Shape.of(1, 11, 11));
        float[] dark = new float[121];
        float[] bright = new float[121];
        Arrays.fill(bright, 1);
        tally.add(dark, dark, 1, ALONE);
        tally.add(dark, bright, 1, ALONE);
        assertThat(tally.result("a", "a").ssim()).isCloseTo((1 + 1e-4 / (1 + 1e-4)) / 2, within(1e-9));
        assertThat(tally.result("a", "a").psnr()).isCloseTo(10 * Math.log10(2), within(1e-12));
    }

    @Test
    void perfectReconstructionHasNoPsnr() {
        ReconstructionTally tally = new ReconstructionTally(Shape.of(1, 1, 1));
        tally.add(new float[] {1}, new float[] {1}, 1, ALONE);
        assertThat(tally.result("a", "a").psnr()).isNull();
        assertThat(tally.result("a", "a").psnrPerImage()).isNull();
    }
}
