package dev.duet.eval;

import dev.duet.backend.AugmentSpec;
import dev.duet.run.RunConfig.Schedule;
import java.util.ArrayList;
import java.util.List;

/** Settings of judges small enough to train in a test, with batches of 16. */
final class TinyJudges {
    private TinyJudges() {}

    /**
     * Strided convolutions to {@code widths} channels, then {@code hidden} features.
     *
     * @param seed of everything random
     */
    static JudgeSettings settings(int epochs, long seed, List<Integer> widths, int hidden) {
        List<String> layers = new ArrayList<>();
        for (int width : widths) layers.add("conv " + width + " relu");
        layers.add("linear " + hidden + " relu");
        return new JudgeSettings("b", layers, AugmentSpec.NONE, epochs, 16, 1e-3, Schedule.COSINE, seed);
    }

    /** With all that is drawn at random: dropout, and images moved, turned, brightened, inverted and noisy. */
    static JudgeSettings random(long seed) {
        return new JudgeSettings(
                "a",
                List.of("standardise", "conv 4", "norm groups 2 relu", "dropout 0.2", "linear 4 relu"),
                new AugmentSpec(10, 0.1, 1, 0.2, 0.1, 0, 0.5, 0.05),
                2,
                16,
                1e-3,
                Schedule.CONSTANT,
                seed);
    }
}
