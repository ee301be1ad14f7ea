package dev.duet.eval;

import dev.duet.Workers;
import dev.duet.data.ImageSet;
import dev.duet.measure.Accuracy;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link Judges} that speak of shared classes, and what they see in real images.
 *
 * @param ofModality per modality
 * @param accuracies per modality, on the real test images of shared classes
 * @param reals per modality the features of these images
 */
record SharedJudges(String name, List<SharedJudge> ofModality, List<Accuracy> accuracies, List<Features> reals) {
    static SharedJudges of(Judges judges, SharedClasses classes, List<ImageSet> test, int batch, Workers workers) {
        List<SharedJudge> shared = judges.ofModality().stream()
                .map(judge -> new SharedJudge(judge, classes))
                .toList();
        List<Features> reals = shared.stream().map(SharedJudge::features).toList();
        List<Accuracy> accuracies = new ArrayList<>();
        for (int m = 0; m < shared.size(); m++)
            accuracies.add(shared.get(m).accuracy(test.get(m), batch, reals.get(m), workers));
        return new SharedJudges(judges.name(), shared, List.copyOf(accuracies), reals);
    }

    /** Features of the real images of {@code modality}. */
    Features real(int modality) {
        return reals.get(modality);
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

    /**
     * What each modality's judge sees in its images.
     *
     * @param images per modality (N, C, H, W)
     */
    List<Classifier.Reading> read(List<float[]> images) {
        List<Classifier.Reading> out = new ArrayList<>();
        for (int m = 0; m < images.size(); m++) out.add(of(m).read(images.get(m)));
        return out;
    }
}
