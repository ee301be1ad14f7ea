package dev.duet.train;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.StepScalars;
import dev.duet.model.Initialiser;
import dev.duet.model.JointVae;
import dev.duet.objective.Elbo;
import dev.duet.run.Checkpoint;
import dev.duet.run.CheckpointStore;
import dev.duet.run.RunConfig;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Trains a joint VAE: stages of epochs of steps, with validation, logs and checkpoints. A resumed run goes on to the same bits
 * as an uninterrupted one: data order, noise and schedules are functions of seed, epoch and step, and everything summed so far
 * is in the checkpoint.
 */
public final class Trainer {
    /** How a run ended. */
    public enum Outcome {
        FINISHED,
        INTERRUPTED
    }

    private final RunConfig config;
    private final Backend backend;
    private final JointVae vae;
    private final Elbo elbo;
    private final TrainingData data;
    private final CheckpointStore checkpoints;
    private final TrainingLog log;
    private final TrainingListener listener;
    private final BooleanSupplier stop;

    private final int batch;
    private final int pairsPerEpoch;
    private final long stepsPerEpoch;
    private final Inputs inputs;
    private final BatchPlan full;
    private final BatchPlan ragged; // null where the last batch is a full one
    private final Validation validation;
    private final TrainingProgress progress = new TrainingProgress();

    private final TrainingState state;
    private final double[] stepTerms; // (K) of the step, nats
    private long lastSavedStep = -1; // −1: nothing saved yet
    private long lastCheckpointNanos;
    private long epochNanos; // time of the steps of this epoch, in this process
    private long epochPairs; // pairs of those

    /**
     * @param vae with a gradient buffer for each shard of a batch
     * @param stop asked after each step; true ends training with a checkpoint
     */
    public Trainer(
            RunConfig config,
            Backend backend,
            JointVae vae,
            Elbo elbo,
            TrainingData data,
            CheckpointStore checkpoints,
            TrainingLog log,
            TrainingListener listener,
            BooleanSupplier stop) {
        this.config = config;
        this.backend = backend;
        this.vae = vae;
        this.elbo = elbo;
        this.data = data;
        this.checkpoints = checkpoints;
        this.log = log;
        this.listener = listener;
        this.stop = stop;
        pairsPerEpoch = data.pairing().pairs();
        batch = Math.min(config.train().batch(), pairsPerEpoch);
        stepsPerEpoch = ((long) pairsPerEpoch + batch - 1) / batch;
        inputs = Inputs.resident(backend, data.sets(), batch);
        full = new BatchPlan(backend, vae, elbo, inputs, batch, TrainStep.Mode.TRAIN);
        int rest = pairsPerEpoch % batch;
        ragged = rest == 0 ? null : new BatchPlan(backend, vae, elbo, inputs, rest, TrainStep.Mode.TRAIN);
        validation =
                new Validation(backend, vae, elbo, data.validationSets(), data.validationPairs(), batch, config.seed());
        stepTerms = new double[elbo.terms()];
        state = new TrainingState(elbo);
        progress.epochs = config.epochs();
        progress.steps = progress.epochs * stepsPerEpoch;
        progress.pairsPerStep = batch;
        progress.reconstruction = new double[vae.modalities()];
    }

    /** Starts from freshly initialised parameters. */
    public Outcome start() {
        Initialiser.uniform(vae.parameters(), config.seed());
        return run();
    }

    /** Starts from the given parameters. */
    public Outcome startFrom(Checkpoint initial) {
        Snapshot.restoreValues(initial, vae.parameters());
        return run();
    }

    /**
     * Goes on from {@code checkpoint}; {@code log} must be cut back to its step.
     *
     * @throws DuetException if it was made with another seed or another model
     */
    public Outcome resume(Checkpoint checkpoint) {
        long seed = checkpoint.progress().dataSeed();
        if (seed != config.seed()) {
            throw new DuetException(checkpoints.last() + ": expected a checkpoint of seed " + config.seed()
                    + ", as config.toml says, got one of seed " + seed
                    + "; put seed = " + seed + " back into config.toml, or train anew with another --out");
        }
        Snapshot.restore(checkpoint, vae.parameters());
        state.restore(checkpoint.progress());
        lastSavedStep = state.step;
        listener.note(
                state.epoch == progress.epochs
                        ? "nothing left to train: all " + state.epoch + " epochs are done"
                        : "resuming at step " + state.step + " of " + progress.steps + ", epoch " + (state.epoch + 1));
        return run();
    }

    private Outcome run() {
        lastCheckpointNanos = System.nanoTime();
        List<RunConfig.Stage> stages = config.stages();
        for (; state.stage < stages.size(); state.stage++, state.stepInStage = 0) {
            RunConfig.Stage stage = stages.get(state.stage);
            long stageSteps = stage.epochs() * stepsPerEpoch;
            while (state.stepInStage < stageSteps) {
                if (runEpoch(stage, stageSteps) == Outcome.INTERRUPTED) return Outcome.INTERRUPTED;
            }
        }
        return Outcome.FINISHED;
    }

    private Outcome runEpoch(RunConfig.Stage settings, long stageSteps) {
        int[][] pairs = data.pairing().epoch(state.epoch); // (M, pairsPerEpoch)
        epochNanos = 0;
        epochPairs = 0;
        while (state.stepInEpoch < stepsPerEpoch) {
            long began = System.nanoTime();
            int from = state.stepInEpoch * batch;
            int rows = Math.min(batch, pairsPerEpoch - from);
            setScalars(settings, stageSteps);
            runStep(pairs, from, rows);
            epochNanos += System.nanoTime() - began;
            epochPairs += rows;
            report(rows, System.nanoTime() - began);
            // the checkpoint of an epoch's last step is finishEpoch's, after the epoch's line is logged
            if (state.stepInEpoch == stepsPerEpoch) break;
            if (stop.getAsBoolean()) {
                saveLast(snapshot());
                return Outcome.INTERRUPTED;
            }
            if (checkpointDue()) saveLast(snapshot());
        }
        finishEpoch();
        return stop.getAsBoolean() ? Outcome.INTERRUPTED : Outcome.FINISHED;
    }

    private boolean checkpointDue() {
        double minutes = config.train().checkpointMinutes();
        return minutes > 0 && System.nanoTime() - lastCheckpointNanos > minutes * 60e9;
    }

    private void setScalars(RunConfig.Stage settings, long stageSteps) {
        StepScalars scalars = backend.scalars();
        RunConfig.Objective objective = config.objective();
        double warmupSteps = objective.warmupEpochs() * stepsPerEpoch;
        scalars.seed = config.seed();
        scalars.step = Math.toIntExact(state.step);
        scalars.beta = (float) Schedule.beta(objective.beta(), state.step, warmupSteps);
        scalars.betaPrivate = (float) Schedule.beta(objective.betaPrivate(), state.step, warmupSteps);
        scalars.learningRate = (float) Schedule.learningRate(settings, state.stepInStage, stageSteps);
        scalars.adamStep = Math.toIntExact(state.step + 1);
    }

    /** One step: gradients of the batch, checked, then the update. */
    private void runStep(int[][] pairs, int from, int rows) {
        BatchPlan plan = rows == batch ? full : ragged;
        inputs.select(pairs, from, rows);
        plan.gradients();
        Arrays.fill(stepTerms, 0);
        plan.addTermsTo(stepTerms);
        requireFinite("term", stepTerms);
        plan.update();
        state.addStep(stepTerms, backend.scalars().beta, backend.scalars().betaPrivate);
    }

    /** @param terms (K), of a batch or of the validation pairs */
    private void requireFinite(String what, double[] terms) {
        for (int k = 0; k < terms.length; k++) {
            if (!Double.isFinite(terms[k]))
                throw blownUp(what + " '" + elbo.names().get(k) + "' is " + terms[k], state.epoch + 1);
        }
    }

    /** @param epoch of the step, from 1 */
    private DuetException blownUp(String fault, int epoch) {
        return new DuetException("training stopped: " + fault + " at step " + state.step + " (epoch " + epoch
                + "), seed " + config.seed() + "; " + lastGood()
                + "; try a lower learning rate or a longer warm-up");
    }

    private String lastGood() {
        return lastSavedStep < 0
                ? "no checkpoint was saved before"
                : "the last good checkpoint is " + checkpoints.last() + ", step " + lastSavedStep;
    }

    private void report(int rows, long nanos) {
        double pairs = Math.min((double) state.stepInEpoch * batch, pairsPerEpoch);
        progress.epoch = state.epoch + 1;
        progress.step = state.step;
        progress.loss = state.epochLoss / pairs;
        for (int t = 0; t < vae.modalities(); t++)
            progress.reconstruction[t] = elbo.reconstruction(state.epochTerms, t) / pairs;
        progress.kl = kl(state.epochTerms) / pairs;
        listener.step(progress);
        if (state.step % TrainingLog.STEPS_PER_LINE == 0)
            log.step(state.step, state.epoch + 1, elbo, stepTerms, rows, backend.scalars(), nanos * 1e-6);
    }

    private double kl(double[] terms) {
        return elbo.sharedKl(terms) + elbo.privateKl(terms);
    }

    private void finishEpoch() {
        double[] held = validation.meanTerms();
        requireFinite("validation term", held);
        double validationLoss =
                elbo.loss(held, config.objective().beta(), config.objective().betaPrivate());
        EpochReport report = new EpochReport(
                state.epoch + 1,
                state.step,
                state.epochLoss / pairsPerEpoch,
                elbo.reconstruction(state.epochTerms) / pairsPerEpoch,
                kl(state.epochTerms) / pairsPerEpoch,
                validationLoss,
                epochNanos * 1e-9,
                epochPairs / (epochNanos * 1e-9),
                named(state.epochTerms, pairsPerEpoch),
                named(held, 1));
        state.finishEpoch();
        boolean best = !data.validationChooses() || validationLoss < state.bestValidationLoss;
        if (best) state.bestValidationLoss = validationLoss;
        Checkpoint snapshot = snapshot();
        log.epoch(report);
        if (best) checkpoints.saveBest(snapshot);
        saveLast(snapshot);
        listener.epoch(report);
    }

    private Map<String, Double> named(double[] terms, double pairs) {
        Map<String, Double> out = new LinkedHashMap<>();
        for (int k = 0; k < terms.length; k++) out.put(elbo.names().get(k), terms[k] / pairs);
        return out;
    }

    private void saveLast(Checkpoint snapshot) {
        log.flush();
        checkpoints.saveLast(snapshot);
        lastSavedStep = state.step;
        lastCheckpointNanos = System.nanoTime();
    }

    /** Refuses what is not finite: the losses that led here were, but the last update's outcome no loss has seen yet. */
    private Checkpoint snapshot() {
        Checkpoint snapshot = Snapshot.of(vae.parameters(), state.toProgress(config.seed()));
        int epoch = state.stepInEpoch == 0 ? state.epoch : state.epoch + 1; // of the last step
        Snapshot.fault(snapshot).ifPresent(fault -> {
            throw blownUp(fault, epoch);
        });
        return snapshot;
    }
}
