package dev.duet.run;

import dev.duet.DuetException;
import dev.duet.Folders;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code runs/NAME/}: the paths of what a run leaves behind. {@code config.toml} is written first and marks the folder
 * as a run. TensorBoard's event file lies directly in it, so that TensorBoard calls the run by the folder's name.
 *
 * @param root the run's folder
 */
public record RunFolder(Path root) {
    private static final String LOCK = "run.lock";

    public Path config() {
        return root.resolve("config.toml");
    }

    public Path manifest() {
        return root.resolve("manifest.json");
    }

    public Path metrics() {
        return root.resolve("metrics.jsonl");
    }

    public Path checkpoints() {
        return root.resolve("checkpoints");
    }

    /** The sampler fitted to the codes of the best checkpoint. */
    public Path sampler() {
        return checkpoints().resolve("sampler.safetensors");
    }

    public Path figures() {
        return root.resolve("figures");
    }

    public Path report() {
        return root.resolve("report.html");
    }

    /**
     * A finished or interrupted run to be read.
     *
     * @throws DuetException if the folder, its configuration or any checkpoint is missing
     */
    public static RunFolder open(Path root) {
        RunFolder folder = new RunFolder(root);
        folder.requireRun();
        if (new CheckpointStore(folder, warning -> {}).isEmpty()) {
            throw new DuetException(root + ": expected a checkpoint in " + folder.checkpoints()
                    + ", found none; train this run first with: duet train --out " + root + " --resume");
        }
        return folder;
    }

    /**
     * Makes the folder for a new run and locks it.
     *
     * @throws DuetException if it holds a run or anything else, or if another process trains into it
     */
    public RunLock lockNew() {
        requireEmpty();
        try {
            Folders.create(root);
        } catch (IOException e) {
            throw IoFailures.of("create", root, e);
        }
        RunLock lock = RunLock.acquire(root.resolve(LOCK));
        return keepIf(lock, this::requireEmpty); // another process may have been here between look and lock
    }

    /**
     * Locks an existing run, to go on with it.
     *
     * @throws DuetException if this is no run, or if another process trains into it
     */
    public RunLock lockExisting() {
        requireRun();
        return RunLock.acquire(root.resolve(LOCK));
    }

    private static RunLock keepIf(RunLock lock, Runnable requirement) {
        boolean met = false;
        try {
            requirement.run();
            met = true;
            return lock;
        } finally {
            if (!met) lock.close();
        }
    }

    private void requireRun() {
        if (!Files.isDirectory(root)) {
            throw new DuetException(root + ": expected a run folder, found "
                    + (Files.exists(root) ? "a file" : "nothing")
                    + "; check the name, or train one with: duet train --out "
                    + root);
        }
        if (!Files.isRegularFile(config())) {
            throw new DuetException(root + ": expected a run folder with a config.toml, found none; check the name, or"
                    + " train one with: duet train --out " + root);
        }
    }

    private void requireEmpty() {
        if (Files.isRegularFile(config())) {
            throw new DuetException(root + ": this folder already holds a run; add --resume to go on with it, or choose"
                    + " another folder with --out");
        }
        if (!Files.exists(root)) return;
        if (!Files.isDirectory(root)) {
            throw new DuetException(
                    root + ": expected a folder or nothing, to make a run in, found a file; choose another"
                            + " name with --out");
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(root)) {
            for (Path file : files) {
                if (!file.getFileName().toString().equals(LOCK)) throw occupied(file);
            }
        } catch (IOException e) {
            throw IoFailures.of("list", root, e);
        }
    }

    private DuetException occupied(Path file) {
        return new DuetException(root + ": expected an empty folder or none for a new run, found " + file.getFileName()
                + " in it, and it is no run; choose another folder with --out");
    }
}
