package dev.duet.train;

/** How the step-dependent scalars go. */
final class Schedule {
    private Schedule() {}

    /** β rises linearly from 0 at step 0 to {@code beta} at step {@code warmupSteps}. */
    static double beta(double beta, long step, double warmupSteps) {
        return warmupSteps <= 0 ? beta : beta * Math.min(1, step / warmupSteps);
    }

    /** Half a cosine from {@code rate} at step 0 to 0 at step {@code steps} (Loshchilov and Hutter 2017, no restarts). */
    static double cosine(double rate, long step, long steps) {
        return rate * 0.5 * (1 + Math.cos(Math.PI * step / steps));
    }
}
