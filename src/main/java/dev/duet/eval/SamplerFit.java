package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.data.Pairing;
import dev.duet.measure.GaussianMixture;
import dev.duet.measure.MixtureChoice;
import dev.duet.measure.MixtureFit;
import dev.duet.measure.Points;
import dev.duet.model.JointVae;
import dev.duet.run.RunConfig;
import dev.duet.tensor.Philox;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * Fits a run's sampler (docs/measures.md, M1): a mixture to samples of the joint posteriors of training pairs, and one to these
 * together with each modality's private codes of the same pairs, which gives w_t to an s. The pairs are the first ones of
 * training's own, epoch after epoch as far as it takes. A tenth of the smallest domain's images is held out with its pairs, which
 * choose the numbers of components.
 */
public final class SamplerFit {
    private static final int BATCH = 128;
    /** One image in so many is held out. */
    private static final int HELD_OUT = 10;

    private static final int STREAM_STEP = 9;
    private static final int MOST_ITERATIONS = 50;
    /** Nats per code; EM to ten times as near takes two to five times as long for some hundredths of a nat. */
    private static final double TOLERANCE = 1e-3;

    private static final double PRIOR_COUNTS = 1;

    /**
     * What was fitted.
     *
     * @param shared mixtures of s
     * @param privates of (s, w) of each modality that has a w, by its index
     */
    public record Choices(MixtureChoice shared, Map<Integer, MixtureChoice> privates) {
        /** The chosen ones. */
        public CodeMixtures best() {
            Map<Integer, GaussianMixture> best = new LinkedHashMap<>();
            privates.forEach((t, choice) -> best.put(t, choice.best().mixture()));
            return new CodeMixtures(shared.best().mixture(), best);
        }
    }

    private final RunConfig config;
    private final BooleanSupplier stop;
    private final LongConsumer progress;
    private long done;

    private SamplerFit(RunConfig config, LongConsumer progress, BooleanSupplier stop) {
        this.config = config;
        this.stop = stop;
        this.progress = progress;
    }

    /** Codes drawn, and codes fitted to for each number of components of each code; fewer where not all numbers are tried. */
    public static long steps(RunConfig config) {
        long fits = 1
                + config.modalities().stream()
                        .filter(modality -> modality.privateSize() > 0)
                        .count();
        return config.sampler().samples()
                * (1 + fits * config.sampler().components().size());
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
    public static Choices fit(
            Backend backend,
            JointVae vae,
            List<ImageSet> sets,
            Pairing pairing,
            RunConfig config,
            LongConsumer progress,
            BooleanSupplier stop) {
        SamplerFit fit = new SamplerFit(config, progress, stop);
        int[][] pairs = pairs(pairing, config.sampler().samples());
        return fit.fit(
                new LatentEncoder(backend, vae, sets, BATCH).sampleCodes(pairs, config.seed(), fit::drawn), pairs);
    }

    private void drawn(int codes) {
        if (stop.getAsBoolean()) throw new CancellationException("sampler: stopped at code " + codes);
        progress.accept(codes);
    }

    private Choices fit(LatentEncoder.Codes codes, int[][] pairs) {
        done = pairs[0].length;
        boolean[] heldOut = heldOut(pairs, config.seed());
        MixtureChoice shared = choose(codes.joint(), 0, heldOut);
        Map<Integer, MixtureChoice> privates = new LinkedHashMap<>();
        codes.privates()
                .keySet()
                .forEach(t ->
                        privates.put(t, choose(codes.whole(t), codes.joint().width(), heldOut)));
        return new Choices(shared, privates);
    }

    private MixtureChoice choose(Points codes, int given, boolean[] heldOut) {
        List<Integer> components = config.sampler().components();
        MixtureFit.Settings settings = new MixtureFit.Settings(
                components.get(0),
                config.seed(),
                MOST_ITERATIONS,
                TOLERANCE,
                PRIOR_COUNTS,
                config.train().threads());
        long before = done;
        done += (long) codes.count() * components.size();
        return MixtureChoice.among(
                codes.rows(rows(heldOut, false)),
                codes.rows(rows(heldOut, true)),
                given,
                components,
                settings,
                tried -> progress.accept(before + (long) codes.count() * tried),
                stop);
    }

    private static int[] rows(boolean[] heldOut, boolean which) {
        return IntStream.range(0, heldOut.length)
                .filter(i -> heldOut[i] == which)
                .toArray();
    }

    /** Which pairs have one of a random tenth of the different images of the modality that has the fewest. */
    static boolean[] heldOut(int[][] pairs, long seed) {
        int[] smallest = pairs[0];
        for (int[] of : pairs) if (different(of).length < different(smallest).length) smallest = of;
        int[] images = different(smallest);
        new Philox.Sequence(seed, Philox.Stream.EVALUATION, STREAM_STEP).shuffle(images);
        int[] chosen = Arrays.copyOf(images, Math.max(1, images.length / HELD_OUT));
        Arrays.sort(chosen);
        boolean[] out = new boolean[smallest.length];
        for (int i = 0; i < out.length; i++) out[i] = Arrays.binarySearch(chosen, smallest[i]) >= 0;
        return out;
    }

    private static int[] different(int[] images) {
        return Arrays.stream(images).distinct().toArray();
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
