package dev.duet.profile;

import dev.duet.backend.Backend;
import dev.duet.backend.StepScalars;
import dev.duet.data.ImageSet;
import dev.duet.model.JointVae;
import dev.duet.run.Blueprint;
import dev.duet.run.RunConfig;
import dev.duet.tensor.Philox;
import dev.duet.train.BatchPlan;
import dev.duet.train.Inputs;
import dev.duet.train.StageObjective;
import dev.duet.train.TrainStep;
import java.util.Arrays;
import java.util.List;

/**
 * Whole training steps of a configuration's last stage: gathering from resident uint8 images, fresh noise, forward, backward,
 * Adam, and the loss terms read back as the trainer does.
 */
final class StepSubject implements Subject {
    private final Backend backend;
    private final RunConfig config;
    private final int batch;
    private final int[][] pairs; // (M, N)
    private final RunConfig.Stage stage;
    private final StageObjective objective;
    private final Inputs inputs;
    private final BatchPlan plan;
    private final double[] terms; // (K) of the last step taken, nats
    private final long flopsPerPair;
    private int step;

    /**
     * @param sets per modality, of N images each at the modality's size and channels
     * @param batch pairs per step, at most N
     */
    StepSubject(Backend backend, RunConfig config, List<ImageSet> sets, int batch) {
        this.backend = backend;
        this.config = config;
        this.batch = batch;
        Blueprint blueprint = Blueprint.of(config);
        stage = config.stages().get(config.stages().size() - 1);
        objective = StageObjective.of(config, stage);
        JointVae vae = new JointVae(backend, blueprint.model(), blueprint.latent(), backend.shards(batch));
        vae.initialise(config.seed(), config.model().initialLogVar());
        inputs = Inputs.resident(backend, sets, batch);
        plan = new BatchPlan(backend, vae, objective, inputs, batch, TrainStep.Mode.TRAIN);
        terms = new double[objective.elbo().terms()];
        pairs = pairs(sets, config.seed());
        flopsPerPair = StepWork.flopsPerPair(vae, objective);
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

    @Override
    public void run() {
        StepScalars scalars = backend.scalars();
        scalars.seed = config.seed();
        scalars.step = step;
        scalars.beta = (float) config.beta(stage);
        scalars.betaPrivate = (float) config.betaPrivate(stage);
        scalars.learningRate = (float) stage.learningRate();
        scalars.adamStep = step + 1;
        long places = pairs[0].length - batch + 1L;
        inputs.select(pairs, (int) ((long) step * batch % places), batch);
        plan.step();
        step++;
    }

    @Override
    public void finish() {
        Arrays.fill(terms, 0);
        plan.addTermsTo(terms);
    }

    /** Steps run and not finished. */
    int pending() {
        return plan.pending();
    }

    /** Of the last step finished, nats per pair. */
    double loss() {
        return objective.elbo().loss(terms, backend.scalars().beta, backend.scalars().betaPrivate) / batch;
    }

    /** See {@link StepWork}. */
    long flopsPerStep() {
        return batch * flopsPerPair;
    }
}
