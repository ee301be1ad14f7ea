package dev.duet.profile;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.run.RunConfig;
import java.util.Arrays;
import java.util.List;

/** Times the training steps of {@link StepSubject}. */
public final class StepBench {
    /** Steps before the clock starts: a GPU's first is eager, its second is recorded. */
    private static final int WARM_UP = 5;
    /** How long to measure where no number of steps is given. */
    private static final double SECONDS = 3;

    private static final int FEWEST_WINDOWS = 10;
    private static final int MOST_WINDOWS = 400;

    /** The steps are timed in so many parts. */
    private static final int PARTS = 3;

    private final Backend backend;
    private final StepSubject step;
    private final int window; // steps in flight: fewer need not show the device's pace

    /**
     * @param sets per modality, of N images each at the modality's size and channels
     * @param batch pairs per step, at most N
     */
    public StepBench(Backend backend, RunConfig config, List<ImageSet> sets, int batch) {
        this.backend = backend;
        step = new StepSubject(backend, config, sets, batch);
        window = backend.stepsInFlight();
    }

    /**
     * What one case took.
     *
     * @param steps how many were timed
     * @param medianMillis of one step
     * @param p10Millis a tenth of the steps were at least as fast
     * @param p90Millis nine tenths were
     * @param flopsPerStep see {@link StepWork}
     * @param peak FLOP/s of the device's matrix products, see {@link MatrixPeak}: the median of four measurements among the
     *     steps
     * @param lowestPeak the lowest of the four; far below the highest, something else used the machine
     * @param highestPeak the highest
     * @param loss of the last step, nats per pair
     */
    public record Result(
            int steps,
            double medianMillis,
            double p10Millis,
            double p90Millis,
            long flopsPerStep,
            double peak,
            double lowestPeak,
            double highestPeak,
            double loss) {}

    /** Runs the first step and waits for it. */
    public void first() {
        step.run();
        step.finish();
    }

    /**
     * Times steps in three parts, the machine's peak before, between and after them: what slows the machine shows in both.
     *
     * @param steps to time; 0 for as many as three seconds take, at least ten
     */
    public Result measure(int steps) {
        MatrixPeak peak = MatrixPeak.measure(backend);
        double[] peaks = new double[PARTS + 1];
        peaks[0] = peak.again();
        warmUp();
        int windows = steps == 0 ? windows() : Math.max(1, (steps + window / 2) / window);
        double[] millis = new double[windows];
        for (int part = 0; part < PARTS; part++) {
            warmUp();
            for (int w = windows * part / PARTS; w < windows * (part + 1) / PARTS; w++) millis[w] = runWindow();
            while (step.pending() > 0) step.finish();
            peaks[part + 1] = peak.again();
        }
        Arrays.sort(millis);
        Arrays.sort(peaks);
        if (!Double.isFinite(step.loss()))
            throw new DuetException("the benchmark's loss is " + step.loss() + "; its times mean nothing");
        return new Result(
                windows * window,
                at(millis, 0.5),
                at(millis, 0.1),
                at(millis, 0.9),
                step.flopsPerStep(),
                (peaks[1] + peaks[2]) / 2,
                peaks[0],
                peaks[PARTS],
                step.loss());
    }

    /** What the peak's matrices drove out of the caches comes back, and as many steps are under way as may be. */
    private void warmUp() {
        for (int i = 0; i < WARM_UP + window; i++) runStep();
    }

    private int windows() {
        double seconds = runWindow() * window * 1e-3;
        return (int) Math.max(FEWEST_WINDOWS, Math.min(MOST_WINDOWS, SECONDS / seconds));
    }

    /** Milliseconds of one of a window's steps. */
    private double runWindow() {
        long began = System.nanoTime();
        for (int i = 0; i < window; i++) runStep();
        return (System.nanoTime() - began) * 1e-6 / window;
    }

    /** Gives the device a step, and once as many are under way as may be, takes the terms of the oldest. */
    private void runStep() {
        step.run();
        if (step.pending() == window) step.finish();
    }

    private static double at(double[] sorted, double share) {
        return sorted[(int) Math.round(share * (sorted.length - 1))];
    }
}
