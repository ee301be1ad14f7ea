package dev.duet.profile;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.StepScalars;
import dev.duet.data.ImageSet;
import dev.duet.model.Initialiser;
import dev.duet.model.JointVae;
import dev.duet.objective.Elbo;
import dev.duet.run.Blueprint;
import dev.duet.run.RunConfig;
import dev.duet.tensor.Philox;
import dev.duet.train.BatchPlan;
import dev.duet.train.Inputs;
import dev.duet.train.TrainStep;
import java.util.Arrays;
import java.util.List;

/**
 * Times whole training steps: gathering from resident uint8 images, fresh noise, forward, backward, Adam, and the loss terms
 * read back as the trainer does.
 */
public final class StepBench {
    /** Steps before the clock starts: a GPU's first is eager, its second is recorded. */
    private static final int WARM_UP = 5;
    /** How long to measure where no number of steps is given. */
    private static final double SECONDS = 3;

    private static final int FEWEST_WINDOWS = 10;
    private static final int MOST_WINDOWS = 400;

    private final Backend backend;
    private final RunConfig config;
    private final int batch;
    private final int[][] pairs; // (M, N)
    private final Elbo elbo;
    private final Inputs inputs;
    private final BatchPlan plan;
    private final double[] terms; // (K), nats
    private final long flopsPerPair;
    private int step;

    /**
     * @param sets per modality, of N images each at the modality's size and channels
     * @param batch pairs per step, at most N
     */
    public StepBench(Backend backend, RunConfig config, List<ImageSet> sets, int batch) {
        this.backend = backend;
        this.config = config;
        this.batch = batch;
        Blueprint blueprint = Blueprint.of(config);
        elbo = blueprint.elbo();
        JointVae vae = new JointVae(backend, blueprint.model(), blueprint.latent(), backend.shards(batch));
        Initialiser.uniform(vae.parameters(), config.seed());
        inputs = Inputs.resident(backend, sets, batch);
        plan = new BatchPlan(backend, vae, elbo, inputs, batch, TrainStep.Mode.TRAIN);
        terms = new double[elbo.terms()];
        pairs = pairs(sets, config.seed());
        flopsPerPair = StepWork.flopsPerPair(vae, blueprint.latent());
    }

    /**
     * What one case took.
     *
     * @param steps how many were timed
     * @param medianMillis of one step
     * @param p10Millis a tenth of the steps were at least as fast
     * @param p90Millis nine tenths were
     * @param flopsPerStep see {@link StepWork}
     * @param loss of the last step, nats per pair
     */
    public record Result(
            int steps, double medianMillis, double p10Millis, double p90Millis, long flopsPerStep, double loss) {}

    /** Runs the first step and waits for it. */
    public void first() {
        give();
        take();
    }

    /** @param steps to time; 0 for as many as three seconds take, at least ten */
    public Result measure(int steps) {
        int window = backend.stepsInFlight(); // a shorter one need not show the device's pace
        for (int i = 0; i < WARM_UP + window; i++) runStep();
        int windows = steps == 0 ? windows(window) : Math.max(1, (steps + window / 2) / window);
        double[] millis = new double[windows];
        for (int w = 0; w < windows; w++) millis[w] = runWindow(window);
        while (plan.pending() > 0) take();
        Arrays.sort(millis);
        double loss = elbo.loss(terms, backend.scalars().beta, backend.scalars().betaPrivate) / batch;
        if (!Double.isFinite(loss))
            throw new DuetException("the benchmark's loss is " + loss + "; its times mean nothing");
        return new Result(
                windows * window, at(millis, 0.5), at(millis, 0.1), at(millis, 0.9), batch * flopsPerPair, loss);
    }

    private int windows(int window) {
        double seconds = runWindow(window) * window * 1e-3;
        return (int) Math.max(FEWEST_WINDOWS, Math.min(MOST_WINDOWS, SECONDS / seconds));
    }

    /** Milliseconds of one of {@code window} steps. */
    private double runWindow(int window) {
        long began = System.nanoTime();
        for (int i = 0; i < window; i++) runStep();
        return (System.nanoTime() - began) * 1e-6 / window;
    }

    /** Gives the device a step, and once as many are under way as may be, takes the terms of the oldest. */
    private void runStep() {
        give();
        if (plan.pending() == backend.stepsInFlight()) take();
    }

    private void give() {
        StepScalars scalars = backend.scalars();
        scalars.seed = config.seed();
        scalars.step = step;
        scalars.beta = (float) config.objective().beta();
        scalars.betaPrivate = (float) config.objective().betaPrivate();
        scalars.learningRate = (float) config.stages().get(0).learningRate();
        scalars.adamStep = step + 1;
        long places = pairs[0].length - batch + 1L;
        inputs.select(pairs, (int) ((long) step * batch % places), batch);
        plan.step();
        step++;
    }

    private void take() {
        Arrays.fill(terms, 0);
        plan.addTermsTo(terms);
    }

    private static int[][] pairs(List<ImageSet> sets, long seed) {
        int[][] pairs = new int[sets.size()][];
        for (int m = 0; m < pairs.length; m++) {
            pairs[m] = new int[sets.get(m).count()];
            for (int i = 0; i < pairs[m].length; i++) pairs[m][i] = i;
            new Philox.Sequence(seed, Philox.Stream.SYNTHETIC, m).shuffle(pairs[m]);
        }
        return pairs;
    }

    private static double at(double[] sorted, double share) {
        return sorted[(int) Math.round(share * (sorted.length - 1))];
    }
}
