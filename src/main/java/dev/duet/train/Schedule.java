package dev.duet.train;

import dev.duet.run.RunConfig;

/** How the step-dependent scalars go. */
final class Schedule {
    private Schedule() {}

    /** β rises linearly from 0 at step 0 to {@code beta} at step {@code warmupSteps}. */
    static double beta(double beta, long step, double warmupSteps) {
        return warmupSteps <= 0 ? beta : beta * Math.min(1, step / warmupSteps);
    }

    /**
     * The learning rate at step {@code step} of {@code steps}: constant, or half a cosine down to 0 (Loshchilov and Hutter
     * 2017, without restarts).
     */
    static double learningRate(RunConfig.Stage stage, long step, long steps) {
        return switch (stage.schedule()) {
            case CONSTANT -> stage.learningRate();
            case COSINE -> stage.learningRate() * 0.5 * (1 + Math.cos(Math.PI * step / steps));
        };
    }
}
