package dev.duet.cli;

import dev.duet.backend.LatentSpec;
import dev.duet.eval.SamplerFit;
import dev.duet.eval.SamplerStore;
import dev.duet.eval.SharedCodes;
import dev.duet.measure.GaussianMixture;
import dev.duet.measure.MixtureChoice;
import dev.duet.measure.MixtureFit;
import dev.duet.train.TrainingData;
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
        store = new SamplerStore(open.folder(), open.weights());
    }

    /**
     * What the run has; empty if none was fitted.
     *
     * @throws dev.duet.DuetException if it was fitted to the codes of other weights, or the file is damaged
     */
    Optional<GaussianMixture> find() {
        return store.load();
    }

    /**
     * What the run's samples are drawn from: its mixture, or N(0, I) where none was fitted.
     *
     * @throws dev.duet.DuetException as {@link #find} does
     */
    SharedCodes usual(double temperature) {
        LatentSpec latent = open.vae().latent();
        return find().map(mixture -> SharedCodes.mixture(latent, mixture, temperature))
                .orElseGet(() -> SharedCodes.prior(latent, temperature));
    }

    /**
     * What the run has, if it is of its weights, or else one fitted now and kept.
     *
     * @throws CancellationException if told to stop
     */
    GaussianMixture findOrFit(BooleanSupplier stop) {
        return store.loadIfGood().orElseGet(() -> fit(stop));
    }

    private GaussianMixture fit(BooleanSupplier stop) {
        Stopwatch watch = new Stopwatch();
        int codes = open.config().sampler().samples();
        MixtureChoice choice;
        try (ProgressBar bar = new ProgressBar(terminal, "sampler", 0, SamplerFit.steps(open.config()), "codes")) {
            choice = SamplerFit.fit(
                    open.backend(),
                    open.vae(),
                    open.train(),
                    TrainingData.trainingPairs(open.config(), open.train()),
                    open.config(),
                    done -> bar.update(done, ""),
                    stop);
        }
        store.save(choice);
        for (MixtureChoice.Candidate tried : choice.candidates()) terminal.detail(describe(tried));
        terminal.detail("sampler: " + watch.rate(codes, "codes"));
        MixtureFit.Result best = choice.best();
        terminal.log("sampler: a mixture of " + gaussians(best.mixture().components()) + " over the codes of "
                + best.points() + " training pairs, in " + open.folder().sampler());
        return best.mixture();
    }

    private static String describe(MixtureChoice.Candidate tried) {
        return String.format(
                Locale.ROOT,
                "sampler: %s: log-likelihood %.3f nats per code, of held-out codes %.3f; %d iterations",
                gaussians(tried.components()),
                tried.fitted(),
                tried.heldOut(),
                tried.iterations());
    }

    private static String gaussians(int count) {
        return count + (count == 1 ? " Gaussian" : " Gaussians");
    }
}
