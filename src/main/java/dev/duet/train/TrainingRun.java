package dev.duet.train;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.model.JointVae;
import dev.duet.run.Blueprint;
import dev.duet.run.Checkpoint;
import dev.duet.run.CheckpointStore;
import dev.duet.run.ConfiguredSets;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A training run from configuration to checkpoints: loads the data, makes the model, trains or goes on training. */
public final class TrainingRun {
    private TrainingRun() {}

    /**
     * Trains into {@code folder}, whose lock the caller holds and whose {@code config.toml} is written.
     *
     * @param checkpoint to go on from, or null to start afresh
     * @param stop asked after each step; true ends training with a checkpoint
     */
    public static Trainer.Outcome run(
            RunConfig config,
            RunFolder folder,
            Checkpoint checkpoint,
            Backend backend,
            TrainingListener listener,
            BooleanSupplier stop) {
        List<ImageSet> sets = ConfiguredSets.train(config, listener::note);
        TrainingData data = TrainingData.of(config, sets);
        if (data.pairing().leftOut() > 0)
            listener.note(data.pairing().leftOut() + " images are left out: another modality has none of their class");
        Blueprint blueprint = Blueprint.of(config);
        int batch = Math.min(config.train().batch(), data.pairing().pairs());
        CheckpointStore store = new CheckpointStore(folder, listener::note);
        JointVae vae = made(
                () -> new JointVae(backend, blueprint.model(), blueprint.latent(), backend.shards(batch)),
                checkpoint,
                store);
        long step = checkpoint == null ? 0 : checkpoint.progress().step();
        int stage = checkpoint == null ? 0 : checkpoint.progress().stage();
        try (TrainingLog log = TrainingLog.open(folder, step)) {
            Trainer trainer = made(
                    () -> new Trainer(config, backend, vae, stage, data, store, log, listener, stop),
                    checkpoint,
                    store);
            return checkpoint == null ? trainer.start() : trainer.resume(checkpoint);
        }
    }

    /** What {@code maker} makes on the device; if that has no room for it, the message names the checkpoint to go on from. */
    private static <T> T made(Supplier<T> maker, Checkpoint checkpoint, CheckpointStore store) {
        try {
            return maker.get();
        } catch (DuetException e) {
            if (checkpoint == null) throw e;
            throw new DuetException(
                    e.getMessage() + "; the last good checkpoint is " + store.last() + ", step "
                            + checkpoint.progress().step(),
                    e);
        }
    }
}
