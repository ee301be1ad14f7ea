package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.measure.Accuracy;
import dev.duet.measure.Confidence;
import dev.duet.measure.ConfusionMatrix;

/** Counts over a stream of images with swapped codes. */
final class SwapTally {
    private final ConfusionMatrix judged; // (class of the shared code, judged class)
    private long followedPrivate;

    /** @param columns K classes, or K + 1 if the judge knows others */
    SwapTally(int columns) {
        judged = new ConfusionMatrix(columns);
    }

    /**
     * @param shared classes of the images that gave the shared codes, (N)
     * @param privates classes of those that gave the private codes, (N), each another
     * @param judgements classes that the judge reads, (N)
     * @throws DuetException if a pair is of one class, which tells nothing
     */
    void add(int[] shared, int[] privates, int[] judgements) {
        for (int i = 0; i < shared.length; i++) {
            if (shared[i] == privates[i]) {
                throw new DuetException("swap test: expected codes of different classes, got class " + shared[i]
                        + " for both at index " + i);
            }
            judged.add(shared[i], judgements[i]);
            if (judgements[i] == privates[i]) followedPrivate++;
        }
    }

    CodeSwap result(String judge, String modality, SharedClasses classes) {
        return new CodeSwap(
                judge,
                modality,
                Accuracy.of(judged, classes.names()),
                Confidence.wilson(followedPrivate, judged.total()));
    }
}
