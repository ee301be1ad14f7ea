package dev.duet.cli;

import dev.duet.DuetException;
import dev.duet.Workers;
import dev.duet.backend.LatentSpec;
import dev.duet.eval.CodeSource;
import dev.duet.eval.Pictures;
import dev.duet.eval.Sampler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
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
        header = "Draw new images, each in every domain.",
        description =
                "%nCodes are drawn from the mixtures of Gaussians that duet train fits to those of training pairs, or"
                        + " from the prior N(0, I). Writes DIR/<domain>/NNNNN.png; equal numbers are one code. Pictures of these names from an earlier run"
                        + " are replaced, and those beyond the new number removed.",
        footer = {
            "  duet sample runs/first -n 64 --out samples",
            "  duet sample runs/first --sampler prior --out samples",
            "  duet sample runs/old --sampler mixture --temperature 0.8 --out samples"
        })
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

    @Option(
            names = "--sampler",
            paramLabel = "SAMPLER",
            description =
                    "Where codes come from: mixture, which is fitted first and kept where the run has none for its"
                            + " weights; or prior (default: mixture where the run has one).")
    private String kind;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "Factor of the standard deviations of shared codes (default: 1).")
    private double temperature = 1;

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
        Usage.check(spec, this::requireOptions);
        try (OpenRun open = new OpenRun(run, machine, terminal)) {
            CodeSource codes;
            try (Interrupts interrupts = new Interrupts(terminal)) {
                try {
                    codes = codes(open, interrupts);
                } catch (CancellationException e) {
                    return interrupts.exitCode();
                }
            }
            draw(open, codes);
            String spread = temperature == 1 ? "" : ", temperature " + temperature;
            terminal.print(count + " samples in " + out + ", codes: " + codes.name() + spread);
            return CommandLine.ExitCode.OK;
        }
    }

    private Void requireOptions() {
        if (kind != null && !kind.equals("prior") && !kind.equals("mixture"))
            throw new DuetException("--sampler: expected prior or mixture, got '" + kind + "'");
        if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY))
            throw new DuetException("--temperature: expected 0 or more, got " + temperature);
        return null;
    }

    private CodeSource codes(OpenRun open, BooleanSupplier stop) {
        LatentSpec latent = open.vae().latent();
        RunSampler sampler = new RunSampler(open, terminal);
        if (kind == null) return sampler.usual(temperature);
        return kind.equals("prior")
                ? CodeSource.prior(latent, temperature)
                : CodeSource.fitted(latent, sampler.findOrFit(stop), temperature);
    }

    private void draw(OpenRun open, CodeSource codes) throws IOException {
        Stopwatch watch = new Stopwatch();
        Sampler sampler = new Sampler(open.backend(), open.vae(), BATCH);
        List<NumberedPictures> folders = new ArrayList<>();
        for (String modality : open.modalities()) folders.add(new NumberedPictures(out.resolve(modality)));
        try (Workers workers = new Workers(open.config().train().threads())) {
            for (int first = 0; first < count; first += BATCH) {
                List<float[]> images = sampler.sample(codes, seed, first, Math.min(BATCH, count - first));
                for (int m = 0; m < images.size(); m++)
                    folders.get(m)
                            .write(first, Pictures.all(images.get(m), open.vae().image(m)), workers);
            }
        }
        terminal.detail("samples: " + watch.rate(count, "samples"));
        for (NumberedPictures folder : folders) folder.endAt(count);
    }
}
