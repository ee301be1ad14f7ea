package dev.duet.cli;

import dev.duet.DuetException;
import dev.duet.backend.LatentSpec;
import dev.duet.eval.CodeMixtures;
import dev.duet.eval.CodeSource;
import dev.duet.eval.SamplerFit;
import dev.duet.eval.SamplerStore;
import dev.duet.measure.MixtureChoice;
import dev.duet.train.TrainingData;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** The fitted sampler of a run: read from its folder, or fitted and kept there. */
final class RunSampler {
    private final OpenRun open;
    private final Terminal terminal;
    private final SamplerStore store;

    RunSampler(OpenRun open, Terminal terminal) {
        this.open = open;
        this.terminal = terminal;
        store = new SamplerStore(open.folder(), open.config(), open.weights());
    }

    /** What the run has; empty if none was fitted, or, with a warning, if it is damaged or of other weights or settings. */
    Optional<CodeMixtures> find() {
        try {
            return store.load();
        } catch (DuetException e) {
            terminal.warn("codes come from N(0, I), not from the sampler: " + e.getMessage());
            return Optional.empty();
        }
    }

    /** Where codes come from: the run's mixtures, or N(0, I) where none were fitted. */
    CodeSource usual(double temperature) {
        LatentSpec latent = open.vae().latent();
        return find().map(mixtures -> CodeSource.fitted(latent, mixtures, temperature))
                .orElseGet(() -> CodeSource.prior(latent, temperature));
    }

    /**
     * What the run has, if it is of its weights and settings, or else what is fitted now and kept.
     *
     * @throws CancellationException if told to stop
     */
    CodeMixtures findOrFit(BooleanSupplier stop) {
        return store.loadIfGood().orElseGet(() -> fit(stop));
    }

    private CodeMixtures fit(BooleanSupplier stop) {
        Stopwatch watch = new Stopwatch();
        int codes = open.config().sampler().samples();
        SamplerFit.Choices choices;
        try (ProgressBar bar = new ProgressBar(terminal, "sampler", 0, SamplerFit.steps(open.config()), "codes")) {
            choices = SamplerFit.fit(
                    open.backend(),
                    open.vae(),
                    open.train(),
                    TrainingData.trainingPairs(open.config(), open.train()),
                    open.config(),
                    done -> bar.update(done, ""),
                    stop);
        }
        store.save(choices);
        List<String> parts = new ArrayList<>();
        parts.add(describe("shared codes", choices.shared()));
        choices.privates()
                .forEach((t, choice) -> parts.add(
                        describe("private codes of " + open.modalities().get(t), choice)));
        terminal.detail("sampler: " + watch.rate(codes, "codes"));
        terminal.log("sampler: mixtures fitted to " + choices.shared().best().points() + " training pairs: "
                + String.join(", ", parts) + ", in " + open.folder().sampler());
        return choices.best();
    }

    /** Logs the numbers tried; returns the chosen one. */
    private String describe(String codes, MixtureChoice choice) {
        for (MixtureChoice.Candidate tried : choice.candidates())
            terminal.detail(String.format(
                    Locale.ROOT,
                    "sampler: %s: %s: log-likelihood %.3f nats per code, of held-out codes %.3f; %d iterations",
                    codes,
                    gaussians(tried.components()),
                    tried.fitted(),
                    tried.heldOut(),
                    tried.iterations()));
        return gaussians(choice.best().mixture().components()) + " for " + codes;
    }

    private static String gaussians(int count) {
        return count + (count == 1 ? " Gaussian" : " Gaussians");
    }
}
