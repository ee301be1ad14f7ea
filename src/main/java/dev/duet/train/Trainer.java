package dev.duet.train;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.StepScalars;
import dev.duet.model.JointVae;
import dev.duet.objective.Elbo;
import dev.duet.run.Checkpoint;
import dev.duet.run.CheckpointStore;
import dev.duet.run.RunConfig;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/**
 * Trains a joint VAE: stages of epochs of steps, with validation, logs and checkpoints. A resumed run goes on to the same bits
 * as an uninterrupted one: data order, noise and schedules are functions of seed, epoch and step, and everything summed so far
 * is in the checkpoint.
 *
 * <p>Up to {@link Backend#stepsInFlight} steps are given to the device before the terms of the first are taken. Terms are
 * taken, summed, reported and logged in the order of the steps; before anything reads the parameters (validation, a
 * checkpoint, the end of an epoch or of the run) all steps given are taken.
 */
public final class Trainer {
    /** How a run ended. */
    public enum Outcome {
        FINISHED,
        INTERRUPTED
    }

    /** A loss or parameter that is not finite; the message names the last good checkpoint already. */
    private static final class Stopped extends DuetException {
        Stopped(String message) {
            super(message);
        }
    }

    private final RunConfig config;
    private final Backend backend;
    private final JointVae vae;
    private final Elbo elbo; // of any stage: names of the terms, and weights that are the same in all
    private final TrainingData data;
    private final CheckpointStore checkpoints;
    private final TrainingLog log;
    private final TrainingListener listener;
    private final BooleanSupplier stop;

    private final int batch;
    private final int pairsPerEpoch;
    private final long stepsPerEpoch;
    private final Inputs inputs;
    private final Stage[] stages; // null where there is nothing to train
    private final TrainingProgress progress = new TrainingProgress();

    private final TrainingState state; // of the steps taken
    private final StepQueue given;
    private final double[] stepTerms; // (K) of the step taken last, nats
    private long lastSavedStep = -1; // −1: nothing saved yet
    private long lastCheckpointNanos;
    private long lastTakenNanos;
    private long epochNanos; // time of the steps of this epoch, in this process
    private long epochPairs; // pairs of those

    /**
     * @param vae with a gradient buffer for each shard of a batch
     * @param firstStage the number of the stage that training begins or goes on in; those before it are not planned
     * @param stop asked after each step; true ends training with a checkpoint
     * @throws DuetException if a contrast's groups do not divide a batch
     */
    public Trainer(
            RunConfig config,
            Backend backend,
            JointVae vae,
            int firstStage,
            TrainingData data,
            CheckpointStore checkpoints,
            TrainingLog log,
            TrainingListener listener,
            BooleanSupplier stop) {
        this.config = config;
        this.backend = backend;
        this.vae = vae;
        this.data = data;
        this.checkpoints = checkpoints;
        this.log = log;
        this.listener = listener;
        this.stop = stop;
        pairsPerEpoch = data.pairing().pairs();
        batch = Math.min(config.train().batch(), pairsPerEpoch);
        stepsPerEpoch = ((long) pairsPerEpoch + batch - 1) / batch;
        inputs = Inputs.resident(backend, data.sets(), batch);
        elbo = StageObjective.of(config, config.stages().get(0)).elbo();
        stages = prepareFrom(firstStage);
        stepTerms = new double[elbo.terms()];
        state = new TrainingState(elbo);
        given = new StepQueue(backend.stepsInFlight());
        progress.epochs = config.epochs();
        progress.steps = progress.epochs * stepsPerEpoch;
        progress.pairsPerStep = batch;
        progress.reconstruction = new double[vae.modalities()];
    }

    /**
     * One stage, all its shapes planned.
     *
     * @param full the step of a whole batch
     * @param ragged that of an epoch's last one; null where that is a whole one too
     */
    private record Stage(
            RunConfig.Stage settings,
            StageObjective objective,
            BatchPlan full,
            BatchPlan ragged,
            Validation validation) {
        Elbo elbo() {
            return objective.elbo();
        }
    }

    private Stage[] prepareFrom(int first) {
        Stage[] prepared = new Stage[config.stages().size()];
        for (int i = first; i < prepared.length; i++) {
            RunConfig.Stage settings = config.stages().get(i);
            if (settings.epochs() > 0) prepared[i] = prepare(settings);
        }
        return prepared;
    }

    private Stage prepare(RunConfig.Stage settings) {
        StageObjective stage = StageObjective.of(config, settings);
        if (stage.contrasts()) requireWholeGroups();
        int rest = pairsPerEpoch % batch;
        return new Stage(
                settings,
                stage,
                new BatchPlan(backend, vae, stage, inputs, batch, TrainStep.Mode.TRAIN),
                rest == 0 ? null : new BatchPlan(backend, vae, stage, inputs, rest, TrainStep.Mode.TRAIN),
                new Validation(
                        backend, vae, stage, data.validationSets(), data.validationPairs(), batch, config.seed()));
    }

    /** In smaller groups there is less to tell apart. An epoch's last batch, and validation's, may end in one. */
    private void requireWholeGroups() {
        int rows = config.train().batch();
        int group = config.objective().contrast().group();
        if (rows % group == 0) return;
        int common = gcd(rows, group);
        String smaller = common > 1 ? "objective.contrast.group=" + common + " or " : "";
        throw new DuetException("objective.contrast.group: expected a divisor of train.batch = " + rows
                + ", so that all groups are of one size, got " + group + "; try " + smaller + "train.batch="
                + Math.max(1, rows / group) * group);
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /** Starts from freshly initialised parameters. */
    public Outcome start() {
        vae.initialise(config.seed(), config.model().initialLogVar());
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
        try {
            return runStages();
        } catch (Stopped e) {
            throw e;
        } catch (DuetException e) {
            String where = "; training stopped after step " + state.step + " of " + progress.steps + "; ";
            throw new DuetException(e.getMessage() + where + lastGood(), e);
        }
    }

    private Outcome runStages() {
        lastCheckpointNanos = System.nanoTime();
        for (; state.stage < stages.length; state.finishStage()) {
            Stage stage = stages[state.stage];
            if (stage == null) continue;
            long stageSteps = stage.settings.epochs() * stepsPerEpoch;
            if (state.stepInStage == 0) vae.parameters().restart();
            while (state.stepInStage < stageSteps) {
                if (runEpoch(stage, stageSteps) == Outcome.INTERRUPTED) return Outcome.INTERRUPTED;
            }
        }
        return Outcome.FINISHED;
    }

    private Outcome runEpoch(Stage stage, long stageSteps) {
        int[][] pairs = data.pairing().epoch(state.epoch); // (M, pairsPerEpoch)
        epochNanos = 0;
        epochPairs = 0;
        boolean stopping = false;
        while (state.stepInEpoch < stepsPerEpoch) {
            while (!given.isFull() && state.stepInEpoch + given.size() < stepsPerEpoch) give(pairs, stage, stageSteps);
            take(stage);
            // the checkpoint of an epoch's last step is finishEpoch's, after the epoch's line is logged
            if (state.stepInEpoch == stepsPerEpoch) break;
            stopping = stop.getAsBoolean();
            if (!stopping && !checkpointDue()) continue;
            while (given.size() > 0) take(stage);
            if (state.stepInEpoch == stepsPerEpoch) break;
            saveLast(snapshot());
            if (stopping) return Outcome.INTERRUPTED;
        }
        finishEpoch(stage);
        return stopping || stop.getAsBoolean() ? Outcome.INTERRUPTED : Outcome.FINISHED;
    }

    private boolean checkpointDue() {
        double minutes = config.train().checkpointMinutes();
        return minutes > 0 && System.nanoTime() - lastCheckpointNanos > minutes * 60e9;
    }

    /** Gives the device the step behind those given already. */
    private void give(int[][] pairs, Stage stage, long stageSteps) {
        int ahead = given.size();
        int from = (state.stepInEpoch + ahead) * batch;
        StepQueue.Entry entry = given.add();
        entry.began = System.nanoTime();
        entry.rows = Math.min(batch, pairsPerEpoch - from);
        entry.plan = entry.rows == batch ? stage.full : stage.ragged;
        setScalars(entry.scalars, stage.settings, ahead, stageSteps);
        backend.scalars().set(entry.scalars);
        inputs.select(pairs, from, entry.rows);
        entry.plan.step();
    }

    private void setScalars(StepScalars scalars, RunConfig.Stage stage, int ahead, long stageSteps) {
        double warmupSteps = config.objective().warmupEpochs() * stepsPerEpoch;
        long step = state.stepInStage + ahead;
        scalars.seed = config.seed();
        scalars.step = Math.toIntExact(state.step + ahead);
        scalars.beta = (float) Schedule.beta(config.beta(stage), step, warmupSteps);
        scalars.betaPrivate = (float) Schedule.beta(config.betaPrivate(stage), step, warmupSteps);
        scalars.learningRate = (float) Schedule.learningRate(stage.schedule(), stage.learningRate(), step, stageSteps);
        scalars.adamStep = Math.toIntExact(step + 1);
    }

    /**
     * Waits for the oldest step given; checks, sums, reports and logs its terms. That they are finite shows only behind the
     * update: a run that blew up ends here anyway, and nothing later is saved.
     */
    private void take(Stage stage) {
        StepQueue.Entry step = given.remove();
        Arrays.fill(stepTerms, 0);
        step.plan.addTermsTo(stepTerms);
        requireFinite("term", stepTerms);
        state.addStep(stepTerms, stage.elbo().loss(stepTerms, step.scalars.beta, step.scalars.betaPrivate));
        // steps given ahead overlap: each counts from the end of the one before
        long began = Math.max(step.began, lastTakenNanos);
        lastTakenNanos = System.nanoTime();
        long nanos = lastTakenNanos - began;
        epochNanos += nanos;
        epochPairs += step.rows;
        report(stage, step, nanos);
    }

    /** @param terms (K), of a batch or of the validation pairs */
    private void requireFinite(String what, double[] terms) {
        for (int k = 0; k < terms.length; k++) {
            if (!Double.isFinite(terms[k]))
                throw blownUp(what + " '" + elbo.names().get(k) + "' is " + terms[k], state.epoch + 1);
        }
    }

    /** @param epoch of the step, from 1 */
    private Stopped blownUp(String fault, int epoch) {
        return new Stopped("training stopped: " + fault + " at step " + state.step + " (epoch " + epoch
                + "), seed " + config.seed() + "; " + lastGood()
                + "; try a lower learning rate or a longer warm-up");
    }

    private String lastGood() {
        return lastSavedStep < 0
                ? "no checkpoint was saved before"
                : "the last good checkpoint is " + checkpoints.last() + ", step " + lastSavedStep;
    }

    private void report(Stage stage, StepQueue.Entry step, long nanos) {
        double pairs = Math.min((double) state.stepInEpoch * batch, pairsPerEpoch);
        progress.epoch = state.epoch + 1;
        progress.step = state.step;
        progress.loss = state.epochLoss / pairs;
        StageObjective objective = stage.objective;
        for (int t = 0; t < vae.modalities(); t++)
            progress.reconstruction[t] =
                    objective.decode() ? elbo.reconstruction(state.epochTerms, t) / pairs : Double.NaN;
        progress.kl = kl(state.epochTerms) / pairs;
        progress.aligning = objective.aligns() ? stage.elbo().aligning(state.epochTerms) / pairs : Double.NaN;
        listener.step(progress);
        if (state.step % TrainingLog.STEPS_PER_LINE == 0)
            log.step(state.step, state.epoch + 1, objective, stepTerms, step.rows, step.scalars, nanos * 1e-6);
    }

    private double kl(double[] terms) {
        return elbo.sharedKl(terms) + elbo.privateKl(terms);
    }

    private void finishEpoch(Stage stage) {
        double[] held = stage.validation.meanTerms();
        requireFinite("validation term", held);
        double validationLoss =
                stage.elbo().loss(held, config.beta(stage.settings), config.betaPrivate(stage.settings));
        StageObjective objective = stage.objective;
        EpochReport report = new EpochReport(
                state.epoch + 1,
                state.step,
                state.epochLoss / pairsPerEpoch,
                objective.decode() ? elbo.reconstruction(state.epochTerms) / pairsPerEpoch : Double.NaN,
                kl(state.epochTerms) / pairsPerEpoch,
                objective.aligns() ? stage.elbo().aligning(state.epochTerms) / pairsPerEpoch : Double.NaN,
                validationLoss,
                epochNanos * 1e-9,
                epochPairs / (epochNanos * 1e-9),
                objective.named(state.epochTerms, pairsPerEpoch),
                objective.named(held, 1));
        state.finishEpoch();
        boolean best = !data.validationChooses() || validationLoss < state.bestValidationLoss;
        if (best) state.bestValidationLoss = validationLoss;
        Checkpoint snapshot = snapshot();
        log.epoch(report);
        if (best) checkpoints.saveBest(snapshot);
        saveLast(snapshot);
        listener.epoch(report);
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
