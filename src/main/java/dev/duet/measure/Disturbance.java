package dev.duet.measure;

import dev.duet.tensor.Philox;
import dev.duet.tensor.Shape;
import java.util.List;

/**
 * A mild change of images before they are judged. A digit survives it; speckle that only fools the judge does not, and contrast
 * too faint to see is drowned. Figures of disturbed translations stand beside those of real images disturbed alike.
 *
 * @param name for reports
 * @param blur σ of a Gaussian blur, pixels; 0 for none
 * @param noise σ of Gaussian noise added after it, the result cut to [0, 1]; 0 for none
 */
public record Disturbance(String name, double blur, double noise) {
    private static final int STREAM_STEP = 5;

    /** As they are; blurred by one pixel; with noise of a tenth of the range. */
    public static final List<Disturbance> STANDARD = List.of(
            new Disturbance("as decoded", 0, 0), new Disturbance("blurred", 1, 0), new Disturbance("noised", 0, 0.1));

    /**
     * @param images of {@code shape}, (N, C, H, W), in [0, 1]
     * @param seed of the noise
     * @param first index of the first image in its stream: the noise of an image is the same whatever the batches
     * @return changed copies, or {@code images} themselves if there is nothing to change
     */
    public float[] apply(float[] images, Shape shape, long seed, long first) {
        float[] blurred = blur > 0 ? new GaussianBlur(blur).apply(images, shape) : images;
        if (noise == 0) return blurred;
        long start = first * shape.withOuter(1).size();
        float[] out = new float[images.length];
        for (int i = 0; i < out.length; i++) {
            double eps = Philox.normal(seed, Philox.Stream.EVALUATION, STREAM_STEP, start + i);
            out[i] = (float) Math.max(0, Math.min(1, blurred[i] + noise * eps));
        }
        return out;
    }
}
