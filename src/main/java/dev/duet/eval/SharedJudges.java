package dev.duet.eval;

import dev.duet.Workers;
import dev.duet.data.ImageSet;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link Judges} that speak of shared classes, and what they read right in real images.
 *
 * @param ofModality per modality
 * @param accuracies per modality, on the real test images of shared classes
 */
record SharedJudges(String name, List<SharedJudge> ofModality, List<Accuracy> accuracies) {
    static SharedJudges of(
            Judges judges, SharedClasses classes, List<ImageSet> test, int batch, Workers workers) {
        List<SharedJudge> shared = judges.ofModality().stream()
                .map(judge -> new SharedJudge(judge, classes))
                .toList();
        List<Accuracy> accuracies = new ArrayList<>();
        for (int m = 0; m < shared.size(); m++) accuracies.add(shared.get(m).accuracy(test.get(m), batch, workers));
        return new SharedJudges(judges.name(), shared, List.copyOf(accuracies));
    }

    SharedJudge of(int modality) {
        return ofModality.get(modality);
    }

    /** Share of real images of {@code modality} that its judge reads right, or null without any. */
    Double ceiling(int modality) {
        return accuracies.get(modality).value();
    }

    /** {@link #ceiling} of each modality. */
    List<Double> ceilings() {
        return accuracies.stream().map(Accuracy::value).toList();
    }

    /** What each modality's judge reads in its images, (M, N). @param images per modality (N, C, H, W) */
    int[][] classify(List<float[]> images) {
        int[][] out = new int[images.size()][];
        for (int m = 0; m < out.length; m++) out[m] = of(m).classify(images.get(m));
        return out;
    }
}
