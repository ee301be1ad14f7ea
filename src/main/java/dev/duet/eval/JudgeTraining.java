package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.Indices;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.StepScalars;
import dev.duet.data.ImageSet;
import dev.duet.model.Initialiser;
import dev.duet.model.Network;
import dev.duet.tensor.Philox;
import dev.duet.train.Schedule;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** The training loop of a judge: whole batches only, so an epoch leaves out a few images, others each time. */
final class JudgeTraining {
    /** Mixed into the seed, so that a judge never starts from the model's own numbers. */
    private static final long KEY = 0x4A55444745L;

    private final Backend backend;
    private final ImageSet set;
    private final JudgeSettings settings;
    private final ParameterBuffer parameters;
    private final Indices labels;
    private final JudgeBatch batch;
    private final int[] order; // (N) the epoch's
    private final int[] classes; // (B)
    private final long seed;

    JudgeTraining(Backend backend, Network network, ImageSet set, JudgeSettings settings) {
        this.backend = backend;
        this.set = set;
        this.settings = settings;
        seed = settings.seed() ^ KEY;
        int rows = Math.min(settings.batch(), set.count());
        parameters = backend.parameters(network.parameters(), backend.shards(rows));
        labels = backend.indices(rows);
        batch = new JudgeBatch(backend, network, parameters, rows, labels, settings.augment());
        order = new int[set.count()];
        for (int i = 0; i < order.length; i++) order[i] = i;
        classes = new int[rows];
    }

    ParameterBuffer parameters() {
        return parameters;
    }

    void run(Judge.Progress progress, BooleanSupplier stop) {
        Initialiser.uniform(parameters, seed);
        int perEpoch = set.count() / batch.rows();
        int steps = settings.epochs() * perEpoch;
        for (int step = 0; step < steps; step++) {
            if (stop.getAsBoolean())
                throw new CancellationException(
                        "judge of " + set.name() + ": stopped at step " + step + " of " + steps);
            if (step % perEpoch == 0) shuffle(step / perEpoch);
            double loss = step(step, steps, step % perEpoch * batch.rows());
            if (!Double.isFinite(loss))
                throw new DuetException("judge of " + set.name() + ": loss " + loss + " at step " + step + " with seed "
                        + settings.seed() + "; try another seed");
            progress.step(step + 1, steps, loss);
        }
    }

    private void shuffle(int epoch) {
        new Philox.Sequence(seed, Philox.Stream.EVALUATION, epoch).shuffle(order);
    }

    private double step(int step, int steps, int from) {
        for (int b = 0; b < batch.rows(); b++) classes[b] = set.labels()[order[from + b]];
        labels.write(classes, 0, classes.length);
        batch.load((b, out, at) -> Pictures.floats(set, order[from + b], out, at));
        StepScalars scalars = backend.scalars();
        scalars.seed = seed;
        scalars.step = step;
        scalars.learningRate = (float) Schedule.learningRate(settings.schedule(), settings.learningRate(), step, steps);
        scalars.adamStep = step + 1;
        return batch.step() / batch.rows();
    }
}
