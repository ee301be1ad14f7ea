package dev.duet.eval;

import dev.duet.Workers;
import dev.duet.tensor.Shape;

/** Counts over a stream of translated images: what the judge reads, and how they spread beside real ones. */
final class TranslationTally {
    private final ConfusionMatrix judged;
    private final ImageSpread translated;
    private final ImageSpread real;

    /**
     * @param image (C, H, W) of the target
     * @param classes K shared classes
     * @param columns K, or K + 1 if the judge knows other classes
     */
    TranslationTally(Shape image, int classes, int columns) {
        judged = new ConfusionMatrix(columns);
        translated = new ImageSpread(image, classes);
        real = new ImageSpread(image, classes);
    }

    /**
     * @param decoded (N, C, H, W), translated
     * @param originals (N, C, H, W), real images of the target of the same classes
     * @param labels (N) true classes
     * @param judgements (N) classes that the judge reads in {@code decoded}; K for none of the shared ones
     */
    void add(float[] decoded, float[] originals, int[] labels, int[] judgements, Workers workers) {
        for (int i = 0; i < labels.length; i++) judged.add(labels[i], judgements[i]);
        translated.add(decoded, labels, workers);
        real.add(originals, labels, workers);
    }

    Evaluation.Coherence result(String source, String target, String code, SharedClasses classes, Double ceiling) {
        return new Evaluation.Coherence(
                source,
                target,
                code,
                Accuracy.of(judged, classes.names()),
                ceiling,
                Accuracy.finite(translated.withinClassVariance() / real.withinClassVariance()),
                Accuracy.finite(translated.gradientEnergy() / real.gradientEnergy()));
    }
}
