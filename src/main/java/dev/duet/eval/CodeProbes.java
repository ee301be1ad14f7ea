package dev.duet.eval;

import dev.duet.measure.Accuracy;
import dev.duet.measure.ConfusionMatrix;
import dev.duet.measure.Knn;
import dev.duet.measure.LinearProbe;
import dev.duet.measure.Retrieval;
import java.util.ArrayList;
import java.util.List;

/**
 * How much of the class codes tell, by k-NN and by a linear probe, both fitted on training codes: of the joint posterior, of each
 * modality alone, and of each by another's, which tells whether the domains share one space; and of the private codes, which
 * should not know the class.
 */
final class CodeProbes {
    private final List<String> names; // of the posteriors; the joint one last if there are several modalities
    private final SharedClasses classes;
    private final int threads;
    private final List<CodeAccuracy> accuracies = new ArrayList<>();
    private final List<CodeRetrieval> retrievals = new ArrayList<>();

    CodeProbes(List<String> names, SharedClasses classes, int threads) {
        this.names = names;
        this.classes = classes;
        this.threads = threads;
    }

    /**
     * Reads shared codes.
     *
     * @param code {@code mean} or {@code sample}
     * @param train,test per posterior the codes and their classes
     */
    void addShared(String code, List<LabelledPoints> train, List<LabelledPoints> test) {
        int last = names.size() - 1;
        new Fitted("shared", code, last, train.get(last)).read(last, test.get(last));
        for (int m = 0; m < last; m++) {
            Fitted fitted = new Fitted("shared", code, m, train.get(m));
            for (int tested = 0; tested < last; tested++) fitted.read(tested, test.get(tested));
        }
    }

    /** Reads private codes of {@code modality}. */
    void addPrivate(String code, int modality, LabelledPoints train, LabelledPoints test) {
        new Fitted("private", code, modality, train).read(modality, test);
    }

    /** Searches each modality's codes for the classes of another's. */
    void addRetrieval(List<LabelledPoints> test) {
        int modalities = Math.max(1, names.size() - 1);
        for (int from = 0; from < modalities; from++) {
            for (int to = 0; to < modalities; to++) {
                if (from == to) continue;
                LabelledPoints queries = test.get(from);
                LabelledPoints gallery = test.get(to);
                retrievals.add(new CodeRetrieval(
                        names.get(from),
                        names.get(to),
                        Retrieval.measure(
                                queries.points(),
                                queries.labels(),
                                gallery.points(),
                                gallery.labels(),
                                Retrieval.Metric.COSINE,
                                threads)));
            }
        }
    }

    List<CodeAccuracy> accuracies() {
        return List.copyOf(accuracies);
    }

    List<CodeRetrieval> retrievals() {
        return List.copyOf(retrievals);
    }

    /** Both classifiers of one posterior's training codes. */
    private final class Fitted {
        private final String part;
        private final String code;
        private final int posterior;
        private final int count;
        private final int k;
        private final Knn neighbours;
        private final LinearProbe probe;

        Fitted(String part, String code, int posterior, LabelledPoints train) {
            this.part = part;
            this.code = code;
            this.posterior = posterior;
            count = train.points().count();
            k = Math.min(Knn.DEFAULT_K, count);
            neighbours = new Knn(train.points(), train.labels(), classes.size());
            LinearProbe.Settings settings = LinearProbe.Settings.defaults();
            probe = new LinearProbe(
                    train.points(),
                    train.labels(),
                    classes.size(),
                    new LinearProbe.Settings(settings.penalty(), settings.iterations(), settings.tolerance(), threads));
        }

        void read(int tested, LabelledPoints test) {
            accuracies.add(new CodeAccuracy(
                    part,
                    code,
                    names.get(posterior),
                    names.get(tested),
                    count,
                    k,
                    chance(test.labels()),
                    accuracy(neighbours.evaluate(test.points(), test.labels(), k, threads)),
                    accuracy(probe.evaluate(test.points(), test.labels()))));
        }

        private Accuracy accuracy(ConfusionMatrix matrix) {
            return Accuracy.of(matrix, classes.names());
        }

        /** What naming the most frequent class alone gives. */
        private double chance(byte[] labels) {
            int[] counts = new int[classes.size()];
            int most = 0;
            for (byte label : labels) most = Math.max(most, ++counts[label]);
            return (double) most / labels.length;
        }
    }
}
