package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.measure.GaussianMixture;
import dev.duet.measure.MixtureChoice;
import dev.duet.run.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The fitted sampler of a run, in a file beside the checkpoint to whose codes it was fitted; good for its weights alone. */
public final class SamplerStore {
    private static final String STEP = "weights.step";
    private static final String CRC32 = "weights.crc32";

    private final RunFolder folder;
    private final Evaluation.Weights weights;

    /** @param weights of the checkpoint that codes are decoded with */
    public SamplerStore(RunFolder folder, Evaluation.Weights weights) {
        this.folder = folder;
        this.weights = weights;
    }

    /**
     * The run's sampler; empty if none was fitted.
     *
     * @throws DuetException if it was fitted to the codes of other weights, or the file is damaged
     */
    public Optional<GaussianMixture> load() {
        Path file = folder.sampler();
        if (!Files.exists(file)) return Optional.empty();
        MixtureFile read = read(file);
        String step = read.metadata().get(STEP);
        String crc32 = read.metadata().get(CRC32);
        if (Long.toString(weights.step()).equals(step) && weights.crc32().equals(crc32)) {
            return Optional.of(read.mixture());
        }
        throw new DuetException(file + ": expected a sampler fitted to the weights of step " + weights.step()
                + " (crc32 " + weights.crc32() + "), which the checkpoint has, got one of step " + step + " (crc32 "
                + crc32 + ")" + advice());
    }

    private MixtureFile read(Path file) {
        try {
            return MixtureFile.read(file);
        } catch (DuetException e) {
            throw new DuetException(e.getMessage() + advice(), e);
        }
    }

    private String advice() {
        return "; fit it anew with: duet sample " + folder.root() + " --sampler mixture --out DIR";
    }

    /** {@link #load}, but empty also where it would refuse. */
    public Optional<GaussianMixture> loadIfGood() {
        try {
            return load();
        } catch (DuetException e) {
            System.getLogger(SamplerStore.class.getName()).log(System.Logger.Level.DEBUG, "sampler", e);
            return Optional.empty();
        }
    }

    /**
     * Keeps the chosen mixture in place of the one before.
     *
     * @throws DuetException if the file cannot be written
     */
    public void save(MixtureChoice choice) {
        MixtureFile.write(
                folder.sampler(), choice.best(), Map.of(STEP, Long.toString(weights.step()), CRC32, weights.crc32()));
    }
}
