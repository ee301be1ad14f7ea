package dev.duet.train;

import dev.duet.backend.StepScalars;
import dev.duet.run.MetricsLog;
import dev.duet.run.RunFolder;
import dev.duet.run.TensorBoardLog;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes how training goes to {@code metrics.jsonl} and to TensorBoard's event file. */
public final class TrainingLog implements AutoCloseable {
    /** A line for every so many steps: about ten a second on a fast machine would only cost disk. */
    static final int STEPS_PER_LINE = 20;

    private final MetricsLog metrics;
    private final TensorBoardLog tensorBoard;

    private TrainingLog(MetricsLog metrics, TensorBoardLog tensorBoard) {
        this.metrics = metrics;
        this.tensorBoard = tensorBoard;
    }

    /**
     * The logs of a run that goes on from {@code step}, 0 for one that starts: cut back to it, as a killed process may have
     * left more, so that nothing stands in them twice.
     */
    public static TrainingLog open(RunFolder folder, long step) {
        return new TrainingLog(
                MetricsLog.resume(folder.metrics(), step),
                TensorBoardLog.resume(folder.root(), Clock.systemUTC(), step));
    }

    /**
     * @param epoch from 1
     * @param terms (K) of the step's batch, nats
     * @param rows pairs of the batch
     * @param scalars the step's
     * @param millis from the step's beginning to its end; of steps that a device was given ahead, from the end of the one
     *     before
     */
    void step(
            long step, int epoch, StageObjective stage, double[] terms, int rows, StepScalars scalars, double millis) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("loss", stage.elbo().loss(terms, scalars.beta, scalars.betaPrivate) / rows);
        values.putAll(stage.named(terms, rows));
        values.put("beta", (double) scalars.beta);
        values.put("learning_rate", (double) scalars.learningRate);
        values.put("step_millis", millis);
        values.put("pairs_per_s", rows / millis * 1e3);
        metrics.step(step, epoch, values);
        tensorBoard.scalars(step, prefixed("step/", values));
        tensorBoard.flush();
    }

    void epoch(EpochReport report) {
        Map<String, Double> further = new LinkedHashMap<>();
        if (report.aligns()) further.put("align", report.aligning());
        further.put("seconds", report.seconds());
        further.put("pairs_per_s", report.pairsPerSecond());
        further.putAll(prefixed("train/", report.terms()));
        further.putAll(prefixed("val/", report.validationTerms()));
        MetricsLog.EpochLosses losses = new MetricsLog.EpochLosses(
                report.trainLoss(), report.reconstruction(), report.kl(), report.validationLoss());
        metrics.epoch(report.step(), report.epoch(), losses, further);
        Map<String, Double> shown = new LinkedHashMap<>(further);
        shown.put("epoch/train_loss", report.trainLoss());
        if (report.decodes()) shown.put("epoch/rec", report.reconstruction());
        shown.put("epoch/kl", report.kl());
        shown.put("epoch/val_loss", report.validationLoss());
        tensorBoard.scalars(report.step(), shown);
    }

    private static Map<String, Double> prefixed(String prefix, Map<String, Double> values) {
        Map<String, Double> out = new LinkedHashMap<>();
        values.forEach((key, value) -> out.put(prefix + key, value));
        return out;
    }

    /** Everything logged so far reaches the disk. */
    void flush() {
        metrics.flush();
        tensorBoard.flush();
    }

    @Override
    public void close() {
        metrics.close();
        tensorBoard.close();
    }
}
