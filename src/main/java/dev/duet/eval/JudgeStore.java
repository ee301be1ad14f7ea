package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.run.AtomicFiles;
import dev.duet.run.SafetensorsReader;
import dev.duet.run.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A folder of trained judges, {@code <modality>.safetensors}, so that each is trained once. */
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
            Backend backend, ImageSet set, Judge.Settings settings, Judge.Progress progress, BooleanSupplier stop) {
        Path file = folder.resolve(set.name() + ".safetensors");
        if (Files.exists(file)) {
            SavedJudge saved = read(file);
            if (saved.fits(set, settings)) return Judge.load(backend, saved);
        }
        Judge judge = Judge.train(backend, set, settings, progress, stop);
        write(file, judge.save());
        return judge;
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
