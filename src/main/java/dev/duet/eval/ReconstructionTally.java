package dev.duet.eval;

import dev.duet.Workers;
import dev.duet.measure.Accuracy;
import dev.duet.measure.ImageMetrics;
import dev.duet.tensor.Shape;

/** Sums of reconstruction errors over a stream of batches. */
final class ReconstructionTally {
    private final Shape image; // (C, H, W)
    private final boolean windowFits;
    private long images;
    private double squaredError;
    private double psnr; // Σ over the images where it is finite, dB
    private long finite;
    private double ssim;

    ReconstructionTally(Shape image) {
        this.image = image;
        windowFits = Math.min(image.get(1), image.get(2)) >= ImageMetrics.SSIM_WINDOW;
    }

    /** @param original,decoded (count, C, H, W) in [0, 1] */
    void add(float[] original, float[] decoded, int count, Workers workers) {
        Shape batch = image.batched(count);
        images += count;
        for (double error : ImageMetrics.squaredError(original, decoded, batch)) {
            squaredError += error;
            if (error == 0) continue;
            psnr += decibel(error / image.size());
            finite++;
        }
        if (!windowFits) return;
        for (double value : ImageMetrics.ssim(original, decoded, batch, workers)) ssim += value;
    }

    /** Peak signal-to-noise ratio of a mean squared error, range 1. */
    private static double decibel(double meanSquaredError) {
        return -10 * Math.log10(meanSquaredError);
    }

    Evaluation.Reconstruction result(String modality, String posterior) {
        double perImage = squaredError / images;
        double perValue = perImage / image.size();
        return new Evaluation.Reconstruction(
                modality,
                posterior,
                images,
                perImage,
                perValue,
                Accuracy.finite(decibel(perValue)),
                finite == 0 ? null : psnr / finite,
                windowFits ? ssim / images : null);
    }
}
