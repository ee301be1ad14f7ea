package dev.duet.train;

import dev.duet.DuetException;
import dev.duet.data.EpochOrder;
import dev.duet.data.ImageSet;
import dev.duet.data.LabPairing;
import dev.duet.data.LabelledSubset;
import dev.duet.data.Pairing;
import dev.duet.data.RandomPairing;
import dev.duet.data.Split;
import dev.duet.run.ConfiguredSets;
import dev.duet.run.RunConfig;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What a run trains and validates on.
 *
 * @param sets per modality the training files' images, at the modality's size and channels
 * @param pairing which of them form the pairs of each epoch
 * @param validationSets per modality the images that {@code validationPairs} index
 * @param validationPairs (M, N), fixed
 * @param validationChooses whether the validation loss picks the best checkpoint; not where it looks at test files
 */
public record TrainingData(
        List<ImageSet> sets,
        Pairing pairing,
        List<ImageSet> validationSets,
        int[][] validationPairs,
        boolean validationChooses) {
    /** The lab validates on so many batches from the front of its test pairs. */
    private static final int LAB_VALIDATION_BATCHES = 20;

    /**
     * Splits and pairs {@code sets} as the configuration says. With {@code data.validation = 0} all training images train, and
     * the validation loss is the lab's: the first 20 batches of the test pairs, reported but never used to choose.
     *
     * @param sets the training files' images per modality
     * @throws DuetException if no pairs can be formed, of the training images or of those held out
     */
    public static TrainingData of(RunConfig config, List<ImageSet> sets) {
        if (config.data().validation() == 0) return withoutSplit(config, sets);
        List<Split> splits = splits(config, sets);
        Pairing pairing = pairing(config, parts(sets, splits, Split::train));
        List<LabelledSubset> held = parts(sets, splits, Split::validation);
        if (!Pairing.possible(held)) throw tooFew(config);
        int pairs = held.stream().mapToInt(LabelledSubset::size).max().orElseThrow();
        int[][] validation = Pairing.fixed(held, config.seed(), pairs).epoch(0);
        return new TrainingData(sets, pairing, sets, validation, true);
    }

    /** What {@link #of} trains on, without a look at the pairs for validation. */
    public static Pairing trainingPairs(RunConfig config, List<ImageSet> sets) {
        return pairing(config, parts(sets, splits(config, sets), Split::train));
    }

    private static List<Split> splits(RunConfig config, List<ImageSet> sets) {
        return sets.stream().map(set -> split(config, set)).toList();
    }

    private static List<LabelledSubset> parts(List<ImageSet> sets, List<Split> splits, Function<Split, int[]> part) {
        return IntStream.range(0, sets.size())
                .mapToObj(m -> new LabelledSubset(sets.get(m).labels(), part.apply(splits.get(m))))
                .toList();
    }

    /** Which images of a training set train, and which {@code data.validation} holds out. */
    public static Split split(RunConfig config, ImageSet set) {
        return Split.stratified(set.labels(), config.data().validation(), config.seed());
    }

    private static DuetException tooFew(RunConfig config) {
        return new DuetException("too few images per class for data.validation = "
                + config.data().validation() + ": it takes one image of each class from training, so expected a class"
                + " with at least 2 training images in every domain; add images or set data.validation = 0");
    }

    private static TrainingData withoutSplit(RunConfig config, List<ImageSet> sets) {
        List<ImageSet> test = ConfiguredSets.test(config, note -> {});
        int[][] inFileOrder =
                new LabPairing(everything(test), epoch -> identity(test.get(0).count())).epoch(0);
        int count = Math.min(
                inFileOrder[0].length, LAB_VALIDATION_BATCHES * config.train().batch());
        int[][] front =
                Arrays.stream(inFileOrder).map(row -> Arrays.copyOf(row, count)).toArray(int[][]::new);
        return new TrainingData(sets, pairing(config, everything(sets)), test, front, false);
    }

    private static Pairing pairing(RunConfig config, List<LabelledSubset> sets) {
        if (config.data().pairing() == RunConfig.Pairing.LAB)
            return new LabPairing(sets, EpochOrder.shuffled(sets.get(0).size(), config.seed()));
        int pairs = config.data().pairsPerEpoch();
        return pairs == 0 ? new RandomPairing(sets, config.seed()) : new RandomPairing(sets, config.seed(), pairs);
    }

    private static List<LabelledSubset> everything(List<ImageSet> sets) {
        return sets.stream().map(set -> LabelledSubset.all(set.labels())).toList();
    }

    private static int[] identity(int count) {
        int[] out = new int[count];
        for (int i = 0; i < count; i++) out[i] = i;
        return out;
    }
}
