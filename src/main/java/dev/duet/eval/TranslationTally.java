package dev.duet.eval;

import dev.duet.Workers;
import dev.duet.measure.Accuracy;
import dev.duet.measure.ConfusionMatrix;
import dev.duet.measure.ImageSpread;
import dev.duet.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Counts over a stream of translated images: what the judge reads, and how they spread beside real ones. */
final class TranslationTally {
    private final List<ConfusionMatrix> judged = new ArrayList<>(); // per kind of judge
    private final ImageSpread translated;
    private final ImageSpread real;

    /**
     * @param image (C, H, W) of the target
     * @param classes K shared classes
     * @param columns per kind of judge K, or K + 1 if it knows other classes
     */
    TranslationTally(Shape image, int classes, int[] columns) {
        for (int of : columns) judged.add(new ConfusionMatrix(of));
        translated = new ImageSpread(image, classes);
        real = new ImageSpread(image, classes);
    }

    /**
     * @param decoded (N, C, H, W), translated
     * @param originals (N, C, H, W), real images of the target of the same classes
     * @param labels (N) true classes
     * @param judgements (kinds of judge, N) classes that they read in {@code decoded}; K for none of the shared ones
     */
    void add(float[] decoded, float[] originals, int[] labels, int[][] judgements, Workers workers) {
        for (int j = 0; j < judgements.length; j++) {
            for (int i = 0; i < labels.length; i++) judged.get(j).add(labels[i], judgements[j][i]);
        }
        translated.add(decoded, labels, workers);
        real.add(originals, labels, workers);
    }

    /**
     * @param names of the kinds of judge
     * @param ceilings per kind the accuracy of the target's judge on real images
     */
    Evaluation.Coherence result(
            String source,
            String target,
            String code,
            SharedClasses classes,
            List<String> names,
            List<Double> ceilings) {
        List<Evaluation.Judged> read = new ArrayList<>();
        for (int j = 0; j < judged.size(); j++)
            read.add(new Evaluation.Judged(names.get(j), Accuracy.of(judged.get(j), classes.names()), ceilings.get(j)));
        return new Evaluation.Coherence(
                source,
                target,
                code,
                List.copyOf(read),
                Accuracy.finite(translated.withinClassVariance() / real.withinClassVariance()),
                Accuracy.finite(translated.gradientEnergy() / real.gradientEnergy()));
    }
}
