package dev.duet.eval;

import dev.duet.Workers;
import dev.duet.data.ImageSet;
import dev.duet.measure.Accuracy;
import dev.duet.measure.ConfusionMatrix;

/** A judge that speaks of shared classes: 0 to K − 1, or K for one of its own that is not shared. */
final class SharedJudge {
    private final Classifier judge;
    private final SharedClasses classes;
    private final int[] shared; // judge's class → shared class or K
    private final int columns;

    SharedJudge(Classifier judge, SharedClasses classes) {
        this.judge = judge;
        this.classes = classes;
        shared = classes.indices(judge.classes());
        boolean others = false;
        for (int c = 0; c < shared.length; c++) {
            if (shared[c] >= 0) continue;
            shared[c] = classes.size();
            others = true;
        }
        columns = classes.size() + (others ? 1 : 0);
    }

    /** K, or K + 1 if it knows classes that are not shared. */
    int columns() {
        return columns;
    }

    /** Shared class of each image, (N); K for none of them. {@code images} is (N, C, H, W) in [0, 1]. */
    int[] classify(float[] images) {
        return read(images).classes();
    }

    /** {@link #classify}, with the features. */
    Classifier.Reading read(float[] images) {
        Classifier.Reading reading = judge.read(images);
        int[] out = reading.classes();
        for (int i = 0; i < out.length; i++) out[i] = shared[out[i]];
        return reading;
    }

    /** No features yet. */
    Features features() {
        return new Features(judge.featureWidth());
    }

    /**
     * On the real images of shared classes of {@code set}.
     *
     * @param features gets those of the images, in their order
     */
    Accuracy accuracy(ImageSet set, int batch, Features features, Workers workers) {
        ConfusionMatrix matrix = new ConfusionMatrix(columns);
        byte[] labels = classes.labels(set);
        int[] members = classes.subset(set).members();
        for (int from = 0; from < members.length; from += batch) {
            int rows = Math.min(batch, members.length - from);
            Classifier.Reading reading = read(Pictures.floats(set, members, from, rows, workers));
            for (int b = 0; b < rows; b++) matrix.add(labels[members[from + b]], reading.classes()[b]);
            features.add(reading.features());
        }
        return Accuracy.of(matrix, classes.names());
    }
}
