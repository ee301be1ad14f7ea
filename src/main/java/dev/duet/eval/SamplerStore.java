package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.measure.GaussianMixture;
import dev.duet.measure.MixtureFit;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The fitted sampler of a run, in a file beside the checkpoint to whose codes it was fitted; good for its weights and for the
 * configuration's {@code [sampler]} alone.
 */
public final class SamplerStore {
    private static final String SHARED = "shared";
    private static final String PRIVATE = "private.";

    private final RunFolder folder;
    private final RunConfig config;
    private final Map<String, String> origin;

    /**
     * @param config of the run
     * @param weights of the checkpoint that codes are decoded with
     */
    public SamplerStore(RunFolder folder, RunConfig config, Evaluation.Weights weights) {
        this.folder = folder;
        this.config = config;
        origin = new LinkedHashMap<>();
        origin.put("weights.step", Long.toString(weights.step()));
        origin.put("weights.crc32", weights.crc32());
        origin.put("sampler.samples", Integer.toString(config.sampler().samples()));
        origin.put("sampler.components", config.sampler().components().toString());
    }

    /**
     * The run's sampler; empty if none was fitted.
     *
     * @throws DuetException if it was fitted to the codes of other weights or with other settings, or the file is damaged
     */
    public Optional<CodeMixtures> load() {
        Path file = folder.sampler();
        if (!Files.exists(file)) return Optional.empty();
        MixtureFile read = read(file);
        origin.forEach((key, expected) -> {
            String got = read.metadata().get(key);
            if (expected.equals(got)) return;
            throw new DuetException(file + ": expected a sampler fitted with " + key + " = " + expected
                    + ", as the checkpoint and the configuration have it, got " + got + advice());
        });
        return Optional.of(mixtures(file, read));
    }

    private MixtureFile read(Path file) {
        try {
            return MixtureFile.read(file);
        } catch (DuetException e) {
            throw new DuetException(e.getMessage() + advice(), e);
        }
    }

    private CodeMixtures mixtures(Path file, MixtureFile read) {
        Map<Integer, GaussianMixture> privates = new LinkedHashMap<>();
        for (int t = 0; t < config.modalities().size(); t++)
            if (config.modalities().get(t).privateSize() > 0) privates.put(t, part(file, read, privatePart(t)));
        return new CodeMixtures(part(file, read, SHARED), privates);
    }

    private GaussianMixture part(Path file, MixtureFile read, String name) {
        GaussianMixture part = read.parts().get(name);
        if (part != null) return part;
        throw new DuetException(file + ": expected a mixture '" + name + "', got "
                + String.join(", ", read.parts().keySet()) + advice());
    }

    private String privatePart(int t) {
        return PRIVATE + config.modalities().get(t).name();
    }

    private String advice() {
        return "; fit it anew with: duet sample " + folder.root() + " --sampler mixture --out DIR";
    }

    /** {@link #load}, but empty also where it would refuse. */
    public Optional<CodeMixtures> loadIfGood() {
        try {
            return load();
        } catch (DuetException e) {
            System.getLogger(SamplerStore.class.getName()).log(System.Logger.Level.DEBUG, "sampler", e);
            return Optional.empty();
        }
    }

    /**
     * Keeps the chosen mixtures in place of those before.
     *
     * @throws DuetException if the file cannot be written
     */
    public void save(SamplerFit.Choices choices) {
        Map<String, MixtureFit.Result> parts = new LinkedHashMap<>();
        parts.put(SHARED, choices.shared().best());
        choices.privates().forEach((t, choice) -> parts.put(privatePart(t), choice.best()));
        MixtureFile.write(folder.sampler(), parts, origin);
    }
}
