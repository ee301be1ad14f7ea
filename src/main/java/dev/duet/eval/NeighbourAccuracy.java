package dev.duet.eval;

import dev.duet.measure.Accuracy;
import dev.duet.measure.ConfusionMatrix;
import dev.duet.measure.Knn;
import java.util.ArrayList;
import java.util.List;

/**
 * k-NN accuracy of test latents among training latents: of the joint posterior, of each modality alone, and of each among
 * another's, which tells whether the domains share one space.
 */
final class NeighbourAccuracy {
    private final List<String> names; // of the posteriors; the joint one last if there are several modalities
    private final SharedClasses classes;
    private final int threads;

    NeighbourAccuracy(List<String> names, SharedClasses classes, int threads) {
        this.names = names;
        this.classes = classes;
        this.threads = threads;
    }

    /** @param train,test per posterior the latents and their classes */
    List<Evaluation.Neighbours> measure(List<LabelledPoints> train, List<LabelledPoints> test) {
        List<Evaluation.Neighbours> out = new ArrayList<>();
        int last = names.size() - 1;
        out.add(measure(last, last, train, test));
        for (int tested = 0; tested < last; tested++) {
            for (int fitted = 0; fitted < last; fitted++) out.add(measure(fitted, tested, train, test));
        }
        return out;
    }

    private Evaluation.Neighbours measure(
            int fitted, int tested, List<LabelledPoints> train, List<LabelledPoints> test) {
        LabelledPoints from = train.get(fitted);
        LabelledPoints to = test.get(tested);
        int k = Math.min(Knn.DEFAULT_K, from.points().count());
        ConfusionMatrix matrix =
                new Knn(from.points(), from.labels(), classes.size()).evaluate(to.points(), to.labels(), k, threads);
        return new Evaluation.Neighbours(
                names.get(fitted), names.get(tested), k, from.points().count(), Accuracy.of(matrix, classes.names()));
    }
}
