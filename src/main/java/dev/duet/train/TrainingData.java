package dev.duet.train;

import dev.duet.data.ImageSet;
import dev.duet.data.Pairing;
import java.util.List;

/**
 * What a run trains and validates on.
 *
 * @param sets per modality the training files' images, at the modality's size and channels
 * @param pairing which of them form the pairs of each epoch
 * @param validationSets per modality the images that {@code validationPairs} index
 * @param validationPairs (M, N), fixed
 * @param validationChooses whether the validation loss picks the best checkpoint (not where it looks at test files)
 */
public record TrainingData(
        List<ImageSet> sets,
        Pairing pairing,
        List<ImageSet> validationSets,
        int[][] validationPairs,
        boolean validationChooses) {}
