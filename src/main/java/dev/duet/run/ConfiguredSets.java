package dev.duet.run;

import dev.duet.DuetException;
import dev.duet.Workers;
import dev.duet.data.ClassNames;
import dev.duet.data.ImageSet;
import dev.duet.data.ImageSets;
import dev.duet.data.Resize;
import dev.duet.data.SyntheticDigits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Loads the image sets that a configuration names, at the sizes and channels of its modalities. */
public final class ConfiguredSets {
    /** Mixed into the seed, so that synthetic test images are not training images. */
    private static final long TEST_KEY = 0x54455354L;

    private ConfiguredSets() {}

    /**
     * The training files, per modality, all with the classes that they share. Everything that learns or chooses looks at
     * these only.
     *
     * @param notes takes one line for each set of which images are left out, as others lack their class
     * @throws DuetException if a file is missing or damaged, a set has no labels, or they share no class
     */
    public static List<ImageSet> train(RunConfig config, Consumer<String> notes) {
        return load(config, true, notes);
    }

    /** The test files, likewise: for evaluation only. */
    public static List<ImageSet> test(RunConfig config, Consumer<String> notes) {
        return load(config, false, notes);
    }

    /** The files that training reads, for the manifest; empty for synthetic data and folders of classes. */
    public static List<Path> files(RunConfig config) {
        return switch (config.data().kind()) {
            case SYNTHETIC -> List.of();
            case DIGITS -> ImageSets.digitFiles(Path.of(config.data().dir()));
            case SETS ->
                config.modalities().stream()
                        .flatMap(m -> Stream.of(m.trainImages(), m.trainLabels()))
                        .filter(Objects::nonNull)
                        .map(Path::of)
                        .filter(Files::isRegularFile)
                        .toList();
        };
    }

    private static List<ImageSet> load(RunConfig config, boolean train, Consumer<String> notes) {
        ImageSet[] out = new ImageSet[config.modalities().size()];
        try (Workers workers = new Workers(0)) {
            workers.run(out.length, m -> {
                RunConfig.Modality modality = config.modalities().get(m);
                out[m] = Resize.fit(source(config, m, train), modality.size(), modality.channels());
            });
        }
        return ClassNames.align(List.of(out), notes);
    }

    private static ImageSet source(RunConfig config, int m, boolean train) {
        RunConfig.Data data = config.data();
        String name = config.modalities().get(m).name();
        return switch (data.kind()) {
            case DIGITS -> digits(name, Path.of(data.dir()), train);
            case SYNTHETIC -> synthetic(name, data.syntheticCount(), train ? config.seed() : config.seed() ^ TEST_KEY);
            case SETS -> named(config.modalities().get(m), train);
        };
    }

    private static ImageSet digits(String name, Path dir, boolean train) {
        return switch (name) {
            case "mnist" -> ImageSets.mnist(dir, train);
            case "svhn" -> ImageSets.svhn(dir, train);
            default -> throw unknown("digits", "mnist and svhn", name);
        };
    }

    private static ImageSet synthetic(String name, int count, long seed) {
        return switch (name) {
            case "handwriting" -> SyntheticDigits.handwriting(count, seed);
            case "housenumbers" -> SyntheticDigits.houseNumbers(count, seed);
            default -> throw unknown("synthetic", "handwriting and housenumbers", name);
        };
    }

    private static DuetException unknown(String kind, String known, String name) {
        return new DuetException("config key data.kind = \"" + kind + "\": expected modalities named " + known
                + ", got '" + name + "'; for other image sets use data.kind = \"sets\" and name the files");
    }

    private static ImageSet named(RunConfig.Modality modality, boolean train) {
        String images = train ? modality.trainImages() : modality.testImages();
        String labels = train ? modality.trainLabels() : modality.testLabels();
        if (images == null) {
            throw new DuetException(
                    "config key modality." + modality.name()
                            + ".test_images: expected the test images, which this needs, got nothing; name them in config.toml");
        }
        Path labelFile = labels == null ? null : Path.of(labels);
        return ImageSets.load(modality.name(), Path.of(images), labelFile, modality.size(), modality.channels());
    }
}
