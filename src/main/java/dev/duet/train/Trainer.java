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

    // where training stands; all of it is in the checkpoint
    private long step;
    private int epoch; // epochs completed
    private int stage;
    private long stepInStage;
    private int stepInEpoch;
    private final double[] stepTerms; // (K) of the step, nats
    private final double[] epochTerms; // (K) summed over the epoch's pairs so far, nats
    private double epochLoss; // summed under each step's β, nats
    private double bestValidationLoss = Double.POSITIVE_INFINITY;

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
        epochTerms = new double[elbo.terms()];
        progress.epochs = config.epochs();
        progress.steps = progress.epochs * stepsPerEpoch;
        progress.pairsPerStep = batch;
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

    /** Goes on from {@code checkpoint}; {@code log} must be cut back to its step. */
    public Outcome resume(Checkpoint checkpoint) {
        Checkpoint.Progress saved = checkpoint.progress();
        Snapshot.restore(checkpoint, vae.parameters());
        step = saved.step();
        epoch = saved.epoch();
        stage = saved.stage();
        stepInStage = saved.stepInStage();
        stepInEpoch = Math.toIntExact(saved.stepInEpoch());
        bestValidationLoss = saved.bestValidationLoss();
        lastSavedStep = step;
        epochLoss = saved.epochSums().getOrDefault("loss", 0.0);
        for (int k = 0; k < epochTerms.length; k++)
            epochTerms[k] = saved.epochSums().getOrDefault(elbo.names().get(k), 0.0);
        listener.note(
                epoch == progress.epochs
                        ? "nothing left to train: all " + epoch + " epochs are done"
                        : "resuming at step " + step + " of " + progress.steps + ", epoch " + (epoch + 1));
        return run();
    }

    private Outcome run() {
        lastCheckpointNanos = System.nanoTime();
        List<RunConfig.Stage> stages = config.stages();
        for (; stage < stages.size(); stage++, stepInStage = 0) {
            long stageSteps = stages.get(stage).epochs() * stepsPerEpoch;
            while (stepInStage < stageSteps) {
                if (runEpoch(stages.get(stage), stageSteps) == Outcome.INTERRUPTED) return Outcome.INTERRUPTED;
            }
        }
        return Outcome.FINISHED;
    }

    private Outcome runEpoch(RunConfig.Stage settings, long stageSteps) {
        int[][] pairs = data.pairing().epoch(epoch); // (M, pairsPerEpoch)
        epochNanos = 0;
        epochPairs = 0;
        while (stepInEpoch < stepsPerEpoch) {
            long began = System.nanoTime();
            int from = stepInEpoch * batch;
            int rows = Math.min(batch, pairsPerEpoch - from);
            setScalars(settings, stageSteps);
            runStep(pairs, from, rows);
            epochNanos += System.nanoTime() - began;
            epochPairs += rows;
            report(rows, System.nanoTime() - began);
            // the checkpoint of an epoch's last step is finishEpoch's, after the epoch's line is logged
            if (stepInEpoch == stepsPerEpoch) break;
            if (stop.getAsBoolean()) {
                saveLast();
                return Outcome.INTERRUPTED;
            }
            if (checkpointDue()) saveLast();
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
        scalars.step = Math.toIntExact(step);
        scalars.beta = (float) Schedule.beta(objective.beta(), step, warmupSteps);
        scalars.betaPrivate = (float) Schedule.beta(objective.betaPrivate(), step, warmupSteps);
        scalars.learningRate = (float) Schedule.learningRate(settings, stepInStage, stageSteps);
        scalars.adamStep = Math.toIntExact(step + 1);
    }

    /** One step: gradients of the batch, checked, then the update. */
    private void runStep(int[][] pairs, int from, int rows) {
        BatchPlan plan = rows == batch ? full : ragged;
        inputs.select(pairs, from, rows);
        plan.gradients();
        Arrays.fill(stepTerms, 0);
        plan.addTermsTo(stepTerms);
        checkFinite();
        plan.update();
        for (int k = 0; k < stepTerms.length; k++) epochTerms[k] += stepTerms[k];
        epochLoss += elbo.loss(stepTerms, backend.scalars().beta, backend.scalars().betaPrivate);
        step++;
        stepInStage++;
        stepInEpoch++;
    }

    private void checkFinite() {
        for (int k = 0; k < stepTerms.length; k++) {
            if (Double.isFinite(stepTerms[k])) continue;
            throw new DuetException("training stopped: term '" + elbo.names().get(k) + "' is " + stepTerms[k]
                    + " at step " + step + " (epoch " + (epoch + 1) + "), seed " + config.seed() + "; "
                    + lastGood() + "; try a lower learning rate or a longer warm-up");
        }
    }

    private String lastGood() {
        return lastSavedStep < 0
                ? "no checkpoint was saved before"
                : "the last good checkpoint is " + checkpoints.last() + ", step " + lastSavedStep;
    }

    private void report(int rows, long nanos) {
        double pairs = pairsThisEpoch();
        progress.epoch = epoch + 1;
        progress.step = step;
        progress.loss = epochLoss / pairs;
        progress.reconstruction = elbo.reconstruction(epochTerms) / pairs;
        progress.kl = kl(epochTerms) / pairs;
        listener.step(progress);
        if (step % TrainingLog.STEPS_PER_LINE == 0)
            log.step(step, epoch + 1, elbo, stepTerms, rows, backend.scalars(), nanos * 1e-6);
    }

    private double kl(double[] terms) {
        return elbo.sharedKl(terms) + elbo.privateKl(terms);
    }

    private double pairsThisEpoch() {
        return Math.min((double) stepInEpoch * batch, pairsPerEpoch);
    }

    private void finishEpoch() {
        double[] held = validation.meanTerms();
        double validationLoss =
                elbo.loss(held, config.objective().beta(), config.objective().betaPrivate());
        epoch++;
        EpochReport report = new EpochReport(
                epoch,
                step,
                epochLoss / pairsPerEpoch,
                elbo.reconstruction(epochTerms) / pairsPerEpoch,
                kl(epochTerms) / pairsPerEpoch,
                validationLoss,
                epochNanos * 1e-9,
                epochPairs / (epochNanos * 1e-9),
                named(epochTerms, pairsPerEpoch),
                named(held, 1));
        stepInEpoch = 0;
        epochLoss = 0;
        Arrays.fill(epochTerms, 0);
        boolean best = !data.validationChooses() || validationLoss < bestValidationLoss;
        if (best) bestValidationLoss = validationLoss;
        log.epoch(report);
        if (best) checkpoints.saveBest(snapshot());
        saveLast();
        listener.epoch(report);
    }

    private Map<String, Double> named(double[] terms, double pairs) {
        Map<String, Double> out = new LinkedHashMap<>();
        for (int k = 0; k < terms.length; k++) out.put(elbo.names().get(k), terms[k] / pairs);
        return out;
    }

    private void saveLast() {
        log.flush();
        checkpoints.saveLast(snapshot());
        lastSavedStep = step;
        lastCheckpointNanos = System.nanoTime();
    }

    private Checkpoint snapshot() {
        Map<String, Double> sums = named(epochTerms, 1);
        sums.put("loss", epochLoss);
        return Snapshot.of(
                vae.parameters(),
                new Checkpoint.Progress(
                        step, epoch, stage, stepInStage, stepInEpoch, sums, bestValidationLoss, config.seed()));
    }
}
