package dev.duet.cli;

import dev.duet.Workers;
import dev.duet.data.ClassFolders;
import dev.duet.data.ImageSet;
import dev.duet.data.ImageSets;
import dev.duet.data.Png;
import dev.duet.data.Resize;
import dev.duet.eval.Translator;
import dev.duet.run.AtomicFiles;
import dev.duet.run.RunConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code duet translate}. */
@Command(
        name = "translate",
        header = "Translate images of one domain into another.",
        description =
                "%nReads PNG files, one IDX, MATLAB or class-folder set, or, without --in, the run's test files. Writes"
                        + " DIR/NNNNN.png and DIR/index.csv (file, source, label if known; for an IDX file from the label file"
                        + " beside it). An earlier translation in DIR is replaced: pictures NNNNN.png beyond the new"
                        + " number are removed.",
        footer = {
            "  duet translate runs/first --from svhn --to mnist --in a.png --in b.png --out out",
            "  duet translate runs/first --from svhn --to mnist --in data/svhn/test_32x32.mat --out out",
            "  duet translate runs/first --from mnist --to svhn -n 100 --out out"
        })
final class TranslateCommand implements Callable<Integer> {
    private static final int BATCH = 128;
    private static final String INDEX = "index.csv";

    private final Terminal terminal;

    @Parameters(paramLabel = "RUN", description = "Run folder.")
    private Path run;

    @Option(names = "--from", paramLabel = "A", required = true, description = "Domain of the images.")
    private String from;

    @Option(names = "--to", paramLabel = "B", required = true, description = "Domain to translate into.")
    private String to;

    @Option(names = "--in", paramLabel = "PATH", arity = "1..*", description = "PNG files, or one image set.")
    private List<Path> in = new ArrayList<>();

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Folder for the translations.")
    private Path out;

    @Option(names = "-n", paramLabel = "N", description = "The first N images only.")
    private int count = Integer.MAX_VALUE;

    @Option(names = "--mean", description = "Decode the posterior's mean, not a sample of it.")
    private boolean mean;

    @Option(names = "--seed", paramLabel = "S", description = "Seed of the samples (default: 1).")
    private long seed = 1;

    @Mixin
    private MachineOptions machine;

    @Spec
    private CommandSpec spec;

    TranslateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** @param sources name of each image, for the index */
    private record Source(ImageSet set, List<String> sources) {}

    @Override
    public Integer call() throws IOException {
        Counts.requirePositive(spec, "-n", count);
        try (OpenRun open = new OpenRun(run, machine, terminal)) {
            int source = modality(open, from);
            int target = modality(open, to);
            Source images = source(open, source);
            NumberedPictures pictures = new NumberedPictures(out);
            requireOtherFolder();
            // the old index would lie about the new pictures if this were interrupted
            Files.deleteIfExists(out.resolve(INDEX));
            StringBuilder index = new StringBuilder("file,source,label\n");
            int total = images.set.count();
            Stopwatch watch = new Stopwatch();
            try (ProgressBar bar = new ProgressBar(terminal, "translating", 0, total, "images");
                    Workers workers = new Workers(open.config().train().threads())) {
                new Translator(open.backend(), open.vae(), new RunSampler(open, terminal).usual(1), BATCH)
                        .translate(
                                images.set,
                                new Translator.Request(source, target, !mean, seed),
                                (first, translated) -> {
                                    pictures.write(first, translated, workers);
                                    int end = first + translated.size();
                                    for (int i = first; i < end; i++) index.append(line(i, images));
                                    bar.update(end, "");
                                });
            }
            terminal.detail("translation: " + watch.rate(total, "images"));
            pictures.endAt(total);
            AtomicFiles.write(out.resolve(INDEX), index.toString());
            terminal.print(total + " images translated from " + from + " to " + to + " in " + out);
        }
        return CommandLine.ExitCode.OK;
    }

    private int modality(OpenRun open, String name) {
        int index = open.modalities().indexOf(name);
        if (index >= 0) return index;
        throw new ParameterException(
                spec.commandLine(),
                "no domain '" + name + "' in " + run + "; it has " + String.join(" and ", open.modalities()));
    }

    /** Translations must neither replace nor remove what they are made from, nor become a part of it. */
    private void requireOtherFolder() throws IOException {
        Path target = out.toRealPath();
        for (Path path : in) {
            Path source = path.toRealPath();
            boolean inside = Files.isDirectory(source) && target.startsWith(source);
            boolean named = NumberedPictures.areNamedAs(source) && target.equals(source.getParent());
            if (inside || named) {
                throw new ParameterException(
                        spec.commandLine(), "--out: expected a folder away from the input " + path + ", got " + out);
            }
        }
    }

    /** Of the index, about image {@code i}. */
    private static String line(int i, Source images) {
        ImageSet set = images.set;
        String label = set.labelled() ? set.classes().get(set.labels()[i]) : "";
        return NumberedPictures.name(i) + "," + quoted(images.sources.get(i)) + "," + quoted(label) + "\n";
    }

    /** A field of a CSV file (RFC 4180). */
    private static String quoted(String field) {
        boolean plain = field.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? field : '"' + field.replace("\"", "\"\"") + '"';
    }

    private Source source(OpenRun open, int m) throws IOException {
        RunConfig.Modality modality = open.config().modalities().get(m);
        if (in.isEmpty()) return numbered(first(open.test().get(m)), modality.name() + " test image ");
        if (Files.isRegularFile(in.get(0)) && Png.looksLike(in.get(0))) return pngs(modality);
        if (in.size() > 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--in: expected PNG files or one image set, got " + in.size() + " paths of which " + in.get(0)
                            + " is no PNG file");
        }
        Path labels = ImageSets.labelsBeside(in.get(0)).orElse(null);
        ImageSet set = ImageSets.load(modality.name(), in.get(0), labels, modality.size(), modality.channels());
        if (Files.isDirectory(in.get(0))) {
            List<Path> files = ClassFolders.files(in.get(0));
            return new Source(first(set), files.stream().map(Path::toString).toList());
        }
        return numbered(first(set), in.get(0) + " image ");
    }

    private Source pngs(RunConfig.Modality modality) {
        int bytes = modality.size() * modality.size() * modality.channels();
        List<Path> files = in.subList(0, Math.min(count, in.size()));
        ByteBuffer pixels = ByteBuffer.allocateDirect(files.size() * bytes);
        for (Path file : files) pixels.put(fitted(single(file), modality).image(0));
        ImageSet set = new ImageSet(
                modality.name(),
                modality.size(),
                modality.size(),
                modality.channels(),
                pixels,
                new byte[files.size()],
                ImageSet.UNLABELLED);
        return new Source(set, files.stream().map(Path::toString).toList());
    }

    private static ImageSet single(Path file) {
        Png.Image image = Png.read(file).opaque();
        ByteBuffer pixels = ByteBuffer.allocateDirect(image.pixels().length).put(image.pixels());
        return new ImageSet(
                file.toString(),
                image.height(),
                image.width(),
                image.channels(),
                pixels,
                new byte[1],
                ImageSet.UNLABELLED);
    }

    private static ImageSet fitted(ImageSet set, RunConfig.Modality modality) {
        return Resize.fit(set, modality.size(), modality.channels());
    }

    private ImageSet first(ImageSet set) {
        return set.count() <= count ? set : set.first(count);
    }

    private static Source numbered(ImageSet set, String prefix) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < set.count(); i++) names.add(prefix + i);
        return new Source(set, names);
    }
}
