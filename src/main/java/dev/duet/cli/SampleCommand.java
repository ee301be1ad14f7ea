package dev.duet.cli;

import dev.duet.Workers;
import dev.duet.eval.Pictures;
import dev.duet.eval.Sampler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code duet sample}. */
@Command(
        name = "sample",
        header = "Draw new images from the prior, each in every domain.",
        description =
                "%nWrites DIR/<domain>/NNNNN.png; equal numbers are one code. Pictures of these names from an earlier run"
                        + " are replaced, and those beyond the new number removed.",
        footer = {"  duet sample runs/first -n 64 --out samples"})
final class SampleCommand implements Callable<Integer> {
    private static final int BATCH = 128;

    private final Terminal terminal;

    @Parameters(paramLabel = "RUN", description = "Run folder.")
    private Path run;

    @Mixin
    private MachineOptions machine;

    @Option(names = "-n", paramLabel = "N", description = "How many (default: 64).")
    private int count = 64;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Folder for the images.")
    private Path out;

    @Option(names = "--seed", paramLabel = "S", description = "Seed of the codes (default: 1).")
    private long seed = 1;

    @Spec
    private CommandSpec spec;

    SampleCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Counts.requirePositive(spec, "-n", count);
        try (OpenRun open = new OpenRun(run, machine, terminal);
                Workers workers = new Workers(open.config().train().threads())) {
            Stopwatch watch = new Stopwatch();
            Sampler sampler = new Sampler(open.backend(), open.vae(), BATCH);
            List<NumberedPictures> folders = new ArrayList<>();
            for (String modality : open.modalities()) folders.add(new NumberedPictures(out.resolve(modality)));
            for (int first = 0; first < count; first += BATCH) {
                int rows = Math.min(BATCH, count - first);
                List<float[]> images = sampler.sample(seed, first, rows);
                for (int m = 0; m < images.size(); m++)
                    folders.get(m)
                            .write(first, Pictures.all(images.get(m), open.vae().image(m)), workers);
            }
            terminal.detail("samples: " + watch.rate(count, "samples"));
            for (NumberedPictures folder : folders) folder.endAt(count);
        }
        terminal.print(count + " samples in " + out);
        return CommandLine.ExitCode.OK;
    }
}
