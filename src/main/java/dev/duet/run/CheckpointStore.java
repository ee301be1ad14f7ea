package dev.duet.run;

import dev.duet.DuetException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The checkpoints of one run: {@code last} with the one before it, {@code previous}, and {@code best}. Every save is
 * atomic; when the last checkpoint turns out to be damaged, loading goes one back and says so.
 */
public final class CheckpointStore {
    private final Path last;
    private final Path previous;
    private final Path best;
    private final Consumer<String> warnings;
    /** What stands between a checkpoint and its file; tests make it fail half-way. */
    private final UnaryOperator<OutputStream> sink;

    /** @param warnings takes one line when a damaged checkpoint is passed over */
    public CheckpointStore(RunFolder folder, Consumer<String> warnings) {
        this(folder.checkpoints(), warnings, UnaryOperator.identity());
    }

    CheckpointStore(Path checkpoints, Consumer<String> warnings, UnaryOperator<OutputStream> sink) {
        this.last = checkpoints.resolve("last.safetensors");
        this.previous = checkpoints.resolve("previous.safetensors");
        this.best = checkpoints.resolve("best.safetensors");
        this.warnings = warnings;
        this.sink = sink;
    }

    /** Saves the state to resume from. Flush the logs first, so that they reach at least as far as the checkpoint. */
    public void saveLast(Checkpoint checkpoint) {
        // a damaged last checkpoint must not push out the good one before it
        if (isWhole(last)) {
            AtomicFiles.writeKeeping(last, previous, out -> CheckpointFile.write(sink.apply(out), checkpoint));
        } else {
            AtomicFiles.write(last, out -> CheckpointFile.write(sink.apply(out), checkpoint));
        }
    }

    /** Saves the state of the best validation loss so far. */
    public void saveBest(Checkpoint checkpoint) {
        AtomicFiles.write(best, out -> CheckpointFile.write(sink.apply(out), checkpoint));
    }

    /**
     * The newest whole checkpoint to resume from; empty if none was ever saved.
     *
     * @throws DuetException if there are checkpoints, but all of them damaged
     */
    public Optional<Checkpoint> loadLast() {
        DuetException damage;
        try {
            if (Files.exists(last)) return Optional.of(CheckpointFile.read(last));
            if (!Files.exists(previous)) return Optional.empty();
            damage = new DuetException(last + ": missing");
        } catch (DuetException e) {
            if (!Files.exists(previous)) throw e;
            damage = e;
        }
        Checkpoint fallback = fallback(damage);
        warnings.accept(damage.getMessage() + "; going back to " + previous.getFileName() + ", step "
                + fallback.progress().step());
        return Optional.of(fallback);
    }

    private Checkpoint fallback(DuetException damage) {
        try {
            return CheckpointFile.read(previous);
        } catch (DuetException e) {
            e.addSuppressed(damage);
            throw new DuetException(
                    "no checkpoint is whole (" + damage.getMessage() + "; " + e.getMessage()
                            + "); train anew with another --out",
                    e);
        }
    }

    /**
     * The checkpoint of the best validation loss; empty if there was no validation yet.
     *
     * @throws DuetException if it is damaged
     */
    public Optional<Checkpoint> loadBest() {
        return Files.exists(best) ? Optional.of(CheckpointFile.read(best)) : Optional.empty();
    }

    /**
     * What evaluation and figures use: the best checkpoint, or the last where no validation picked one.
     *
     * @throws DuetException if there is none, or it is damaged
     */
    public Checkpoint loadBestOrLast() {
        return loadBest()
                .or(this::loadLast)
                .orElseThrow(() -> new DuetException(
                        best + ": expected this checkpoint or last.safetensors, got neither; train the run first"));
    }

    /** Where {@link #saveLast} puts its checkpoint. */
    public Path last() {
        return last;
    }

    /** Whether there is no checkpoint of any kind. */
    public boolean isEmpty() {
        return !Files.exists(last) && !Files.exists(previous) && !Files.exists(best);
    }

    private static boolean isWhole(Path file) {
        try {
            return Files.exists(file) && CheckpointFile.read(file) != null;
        } catch (DuetException e) {
            return false;
        }
    }
}
