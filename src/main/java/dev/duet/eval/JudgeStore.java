package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.run.AtomicFiles;
import dev.duet.run.SafetensorsReader;
import dev.duet.run.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A folder of trained judges, {@code <modality>-<kind>.safetensors}, so that each is trained once. Copied to another run of the
 * same data it spares training them there. A file of another version, of other data or settings is not used but trained anew.
 */
public final class JudgeStore {
    private final Path folder;

    public JudgeStore(Path folder) {
        this.folder = folder;
    }

    /**
     * The judge that training on {@code set} gives: read if the folder holds it, else trained and kept.
     *
     * @throws java.util.concurrent.CancellationException if told to stop
     */
    public Judge judge(
            Backend backend, ImageSet set, JudgeSettings settings, Judge.Progress progress, BooleanSupplier stop) {
        Optional<SavedJudge> saved = saved(set, settings);
        if (saved.isPresent()) return Judge.load(backend, saved.get());
        Judge judge = Judge.train(backend, set, settings, progress, stop);
        write(file(set, settings), judge.save());
        return judge;
    }

    /** Whether the folder holds the judge that training on {@code set} gives. */
    public boolean holds(ImageSet set, JudgeSettings settings) {
        return saved(set, settings).isPresent();
    }

    private Optional<SavedJudge> saved(ImageSet set, JudgeSettings settings) {
        Path file = file(set, settings);
        if (!Files.exists(file)) return Optional.empty();
        return Optional.of(read(file)).filter(saved -> saved.fits(set, settings));
    }

    private Path file(ImageSet set, JudgeSettings settings) {
        return folder.resolve(set.name() + "-" + settings.kind() + ".safetensors");
    }

    private static SavedJudge read(Path file) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            List<SavedJudge.NamedTensor> tensors = reader.tensors().stream()
                    .map(t -> new SavedJudge.NamedTensor(t.name(), t.shape(), reader.floats(t.name())))
                    .toList();
            return new SavedJudge(reader.metadata(), tensors);
        }
    }

    private static void write(Path file, SavedJudge saved) {
        List<SafetensorsWriter.Source> tensors = saved.tensors().stream()
                .map(t -> SafetensorsWriter.Source.of(t.name(), t.shape(), t.values()))
                .toList();
        AtomicFiles.write(file, out -> SafetensorsWriter.write(out, saved.metadata(), tensors));
    }
}
