package dev.duet.cli;

import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.data.Split;
import dev.duet.eval.Evaluation;
import dev.duet.eval.Evaluator;
import dev.duet.model.JointVae;
import dev.duet.run.Blueprint;
import dev.duet.run.Checkpoint;
import dev.duet.run.CheckpointStore;
import dev.duet.run.ConfiguredSets;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import dev.duet.train.Snapshot;
import dev.duet.train.TrainingData;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** A trained run, opened to be looked at: its configuration, and its model on a device. */
final class OpenRun implements AutoCloseable {
    private final Terminal terminal;
    private final RunFolder folder;
    private final RunConfig config;
    private final Blueprint blueprint;
    private final Backend backend;
    private final JointVae vae;
    private final Evaluation.Weights weights;
    private List<ImageSet> train;
    private List<ImageSet> test;

    /** Loads the best checkpoint, or the last where none was chosen. */
    OpenRun(Path run, MachineOptions machine, Terminal terminal) {
        this(RunFolder.open(run), machine, terminal);
    }

    private OpenRun(RunFolder folder, MachineOptions machine, Terminal terminal) {
        this(folder, machine.apply(RunConfig.load(folder.config())), machine.device(), terminal);
    }

    /** As from a path, with a configuration that has the machine's options already. */
    OpenRun(RunFolder folder, RunConfig config, DeviceOptions device, Terminal terminal) {
        this.terminal = terminal;
        this.folder = folder;
        this.config = config;
        blueprint = Blueprint.of(config);
        backend = Backends.openTrained(config.train(), device, terminal);
        vae = new JointVae(backend, blueprint.model(), blueprint.latent(), 0);
        Checkpoint checkpoint = new CheckpointStore(folder, terminal::warn).loadBestOrLast();
        Snapshot.restoreValues(checkpoint, vae.parameters());
        weights = Evaluation.Weights.of(checkpoint);
    }

    RunFolder folder() {
        return folder;
    }

    RunConfig config() {
        return config;
    }

    Blueprint blueprint() {
        return blueprint;
    }

    Backend backend() {
        return backend;
    }

    JointVae vae() {
        return vae;
    }

    /** Which weights were loaded. */
    Evaluation.Weights weights() {
        return weights;
    }

    /** Where {@code duet eval} keeps its result. */
    Path evaluation(Evaluation.Split split) {
        return folder.root().resolve(split == Evaluation.Split.TEST ? "evaluation.json" : "evaluation-validation.json");
    }

    /** The training files' images per modality, those held out by {@code data.validation} among them. */
    List<ImageSet> train() {
        if (train == null) train = timed("training files", () -> ConfiguredSets.train(config, terminal::detail));
        return train;
    }

    /** The test images per modality. */
    List<ImageSet> test() {
        if (test == null) test = timed("test files", () -> ConfiguredSets.test(config, terminal::log));
        return test;
    }

    /** What {@code duet eval} measures on, and fits on: of either split the images that training learned from, none held out. */
    Evaluator.Sets sets(Evaluation.Split split) {
        List<Split> parts =
                train().stream().map(set -> TrainingData.split(config, set)).toList();
        boolean files = split == Evaluation.Split.TEST;
        return new Evaluator.Sets(
                split, trainPart(parts, Split::train), files ? test() : trainPart(parts, Split::validation));
    }

    private List<ImageSet> trainPart(List<Split> parts, Function<Split, int[]> part) {
        return IntStream.range(0, parts.size())
                .mapToObj(m -> chosen(train().get(m), part.apply(parts.get(m))))
                .toList();
    }

    private static ImageSet chosen(ImageSet set, int[] images) {
        return images.length == set.count() ? set : set.select(images);
    }

    private List<ImageSet> timed(String files, Supplier<List<ImageSet>> reading) {
        Stopwatch watch = new Stopwatch();
        List<ImageSet> sets = reading.get();
        long images = sets.stream().mapToInt(ImageSet::count).sum();
        terminal.detail(files + ": " + watch.rate(images, "images"));
        return sets;
    }

    /** Names of the modalities. */
    List<String> modalities() {
        return config.modalities().stream().map(RunConfig.Modality::name).toList();
    }

    @Override
    public void close() {
        backend.close();
    }
}
