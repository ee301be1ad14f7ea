package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.measure.Accuracy;
import dev.duet.measure.Confidence;
import dev.duet.tensor.Philox;

/**
 * Whose digit an image shows that is decoded from the shared code of one image and the private code of another of a different
 * class. A private code that carries the digit shows here.
 *
 * @param judge kind of the judge that reads the images
 * @param modality decoded
 * @param shared what the judge reads against the class of the shared code: the share that follows it, per class, and the
 *     confusion matrix
 * @param followsPrivate share read as the class of the private code
 */
public record CodeSwap(String judge, String modality, Accuracy shared, Confidence followsPrivate) {
    private static final int STREAM_STEP = 7;

    /**
     * For each image another one of a different class, drawn at random, to lend its private code.
     *
     * @param labels class of each image, (N)
     * @return (N) indices
     * @throws DuetException if all images are of one class
     */
    static int[] partners(int[] labels, long seed) {
        boolean several = false;
        for (int label : labels) several |= label != labels[0];
        if (!several) {
            throw new DuetException(
                    "swap test: expected images of at least 2 classes, got " + labels.length + " images of fewer");
        }
        Philox.Sequence random = new Philox.Sequence(seed, Philox.Stream.EVALUATION, STREAM_STEP);
        int[] out = new int[labels.length];
        for (int i = 0; i < out.length; i++) {
            do {
                out[i] = random.nextInt(labels.length);
            } while (labels[out[i]] == labels[i]);
        }
        return out;
    }
}
