package dev.duet.train;

import dev.duet.run.RunConfig;

/** How the step-dependent scalars go. */
public final class Schedule {
    private Schedule() {}

    /** β rises linearly from 0 at step 0 to {@code beta} at step {@code warmupSteps}. */
    static double beta(double beta, long step, double warmupSteps) {
        return warmupSteps <= 0 ? beta : beta * Math.min(1, step / warmupSteps);
    }

    /** The learning rate at step {@code step} of {@code steps}: {@code rate} throughout, or by {@link #cosine}. */
    public static double learningRate(RunConfig.Schedule schedule, double rate, long step, long steps) {
        return switch (schedule) {
            case CONSTANT -> rate;
            case COSINE -> cosine(rate, step, steps);
        };
    }

    /** Half a cosine from {@code rate} at step 0 down to 0 at step {@code steps} (Loshchilov and Hutter 2017). */
    private static double cosine(double rate, long step, long steps) {
        return rate * 0.5 * (1 + Math.cos(Math.PI * step / steps));
    }
}
