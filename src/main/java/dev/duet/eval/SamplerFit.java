package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.data.Pairing;
import dev.duet.measure.MixtureChoice;
import dev.duet.measure.MixtureFit;
import dev.duet.measure.Points;
import dev.duet.model.JointVae;
import dev.duet.run.RunConfig;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * Fits the sampler of shared codes to samples of the joint posteriors of training pairs (docs/measures.md, M1). The pairs are the
 * first ones of training's own, epoch after epoch as far as it takes; the last tenth of the codes chooses the number of components.
 */
public final class SamplerFit {
    private static final int BATCH = 128;
    /** One code in so many is held out. */
    private static final int HELD_OUT = 10;

    private static final int MOST_ITERATIONS = 50;
    /** Nats per code; EM to ten times as near takes two to five times as long for some hundredths of a nat. */
    private static final double TOLERANCE = 1e-3;

    private static final double PRIOR_COUNTS = 1;

    private SamplerFit() {}

    /** Codes drawn, and codes fitted to for each number of components; fewer where not all numbers are tried. */
    public static long steps(RunConfig config) {
        return config.sampler().samples() * (1L + config.sampler().components().size());
    }

    /**
     * Sets the backend's scalars; what it makes there lives until the backend closes.
     *
     * @param sets per modality the training files' images
     * @param pairing training's
     * @param config of the run; its seed is that of the posterior samples and of EM's start
     * @param progress told how many of {@link #steps} are done, on the caller's thread
     * @param stop asked after each batch and iteration
     * @throws CancellationException if told to stop
     */
    public static MixtureChoice fit(
            Backend backend,
            JointVae vae,
            List<ImageSet> sets,
            Pairing pairing,
            RunConfig config,
            LongConsumer progress,
            BooleanSupplier stop) {
        List<Integer> components = config.sampler().components();
        int count = config.sampler().samples();
        float[] codes = new JointCodes(backend, vae, sets, BATCH)
                .sample(pairs(pairing, count), config.seed(), drawn -> {
                    if (stop.getAsBoolean()) throw new CancellationException("sampler: stopped at code " + drawn);
                    progress.accept(drawn);
                });
        int z = vae.latent().shared();
        int fitted = count - count / HELD_OUT;
        MixtureFit.Settings settings = new MixtureFit.Settings(
                components.get(0),
                config.seed(),
                MOST_ITERATIONS,
                TOLERANCE,
                PRIOR_COUNTS,
                config.train().threads());
        return MixtureChoice.among(
                Points.of(Arrays.copyOf(codes, fitted * z), fitted, z),
                Points.of(Arrays.copyOfRange(codes, fitted * z, count * z), count - fitted, z),
                components,
                settings,
                tried -> progress.accept(count * (1L + tried)),
                stop);
    }

    /** (M, count): the pairs of epoch 0, then of the next ones. */
    private static int[][] pairs(Pairing pairing, int count) {
        int[][] first = pairing.epoch(0);
        int perEpoch = first[0].length;
        int[][] out = new int[first.length][count];
        for (int from = 0; from < count; from += perEpoch) {
            int[][] epoch = from == 0 ? first : pairing.epoch(from / perEpoch);
            for (int m = 0; m < out.length; m++)
                System.arraycopy(epoch[m], 0, out[m], from, Math.min(perEpoch, count - from));
        }
        return out;
    }
}
