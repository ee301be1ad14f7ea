package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.backend.AugmentSpec;
import dev.duet.data.ImageSet;
import dev.duet.run.RunConfig.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How a judge is built and trained.
 *
 * @param kind tells the judges of one modality apart: "a" or "b"
 * @param layers of the network but for the last matrix, to the classes; see {@link dev.duet.model.Layers}
 * @param augment how training images are changed, afresh in each step
 * @param epochs passes over the training set
 * @param batch images per step
 * @param learningRate Adam's at the first step
 * @param schedule how it goes on: constant, or falling to 0 along half a cosine
 * @param seed of initialisation, order, dropout and augmentation
 */
public record JudgeSettings(
        String kind,
        List<String> layers,
        AugmentSpec augment,
        int epochs,
        int batch,
        double learningRate,
        Schedule schedule,
        long seed) {
    /** One seed for all runs: the yardstick stays the same when the model's seed changes. */
    private static final long SEED = 1;

    private static final int MOST_EPOCHS = 60;
    private static final int DRAWN_EPOCHS = 6;

    public JudgeSettings {
        layers = List.copyOf(layers);
        if (epochs < 1 || batch < 1 || !(learningRate > 0)) {
            throw new DuetException("judge " + kind + ": expected epochs and batch of at least 1 and a learning rate"
                    + " above 0, got epochs " + epochs + ", batch " + batch + ", learning rate " + learningRate);
        }
    }

    /**
     * The network of the published coherences on MNIST–SVHN (Shi et al. 2019, and those who compare with them): 5×5 convolutions
     * to 10 and 20 channels, each max-pooled, 50 features, dropout of half the channels and of half the features; Adam at 1e-3. It
     * sees pixels in [0, 1] as they are, so that faint images stay faint to it. ReLU stands before the pooling, which commutes.
     */
    public static JudgeSettings a(ImageSet set) {
        // Below 16 pixels two unpadded convolutions and poolings would leave nothing.
        String padding = Math.min(set.height(), set.width()) < 16 ? " p2" : " p0";
        List<String> layers = List.of(
                "conv 10 k5 s1" + padding + " relu",
                "pool 2",
                "conv 20 k5 s1" + padding + " relu",
                "dropout 0.5 channels",
                "pool 2",
                "linear 50 relu",
                "dropout 0.5");
        return new JudgeSettings(
                "a", layers, AugmentSpec.NONE, epochs(set, 400_000), 128, 1e-3, Schedule.CONSTANT, SEED);
    }

    /**
     * The strong one: a convolution 5×5 and three of 3×3 with group normalisation, 128 features, and training images that are
     * turned, resized, moved, and changed in contrast, brightness and noise. Photographs, images of three channels, it standardises
     * and learns in other colours and in both polarities, by wider layers and in more steps, as they are harder and often few.
     */
    public static JudgeSettings b(ImageSet set) {
        return set.channels() == 3
                ? b(set, true, 48, 96, 160, 400_000, new AugmentSpec(10, 0.12, 2.5, 0.3, 0.15, 0.2, 0.5, 0.02))
                : b(set, false, 32, 64, 128, 300_000, new AugmentSpec(10, 0.12, 2.5, 0.3, 0.1, 0, 0, 0.05));
    }

    private static JudgeSettings b(
            ImageSet set, boolean standardise, int first, int second, int deep, int images, AugmentSpec augment) {
        List<String> layers = new ArrayList<>();
        if (standardise) layers.add("standardise");
        layers.addAll(List.of(
                "conv " + first + " k5 s2 p2",
                "norm relu",
                "conv " + second + " k3 s2 p1",
                "norm relu",
                "conv " + deep + " k3 s1 p1",
                "norm relu",
                "conv " + deep + " k3 s2 p1",
                "norm relu",
                "dropout 0.3",
                "linear 128 relu",
                "dropout 0.3"));
        return new JudgeSettings("b", layers, augment, epochs(set, images), 64, 2e-3, Schedule.COSINE, SEED);
    }

    /** The same from another seed. */
    public JudgeSettings withSeed(long other) {
        return new JudgeSettings(kind, layers, augment, epochs, batch, learningRate, schedule, other);
    }

    /** For digits that Duet draws itself, which are learned long before photographed ones: a few epochs. */
    public JudgeSettings forDrawnDigits() {
        return new JudgeSettings(
                kind, layers, augment, Math.min(epochs, DRAWN_EPOCHS), batch, learningRate, schedule, seed);
    }

    /** How people call it. */
    public String letter() {
        return kind.toUpperCase(Locale.ROOT);
    }

    /** Passes until about {@code images} are seen, 3 to 60. */
    private static int epochs(ImageSet set, int images) {
        return Math.max(3, Math.min(MOST_EPOCHS, images / Math.max(1, set.count())));
    }
}
