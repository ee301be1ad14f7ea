package dev.duet.measure;

import dev.duet.DuetException;
import dev.duet.Workers;
import dev.duet.tensor.Philox;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Exact t-SNE (van der Maaten and Hinton, "Visualizing Data using t-SNE", JMLR 9, 2008) into the plane: attraction over
 * the 3 · perplexity nearest neighbours, repulsion over all pairs, started from the two principal components. Time
 * grows as N², memory as N · perplexity. The result is a function of data and settings alone: the same bits for any
 * number of threads.
 */
public final class TSne {
    /** Neighbours per unit of perplexity that attract; beyond them the similarities are negligible (JMLR 15, 2014). */
    private static final int NEIGHBOURS_PER_PERPLEXITY = 3;

    private static final double START_SPREAD = 1e-4; // standard deviation of the first axis at the start
    private static final double JITTER = 1e-2; // relative to START_SPREAD: parts duplicates and gives flat data a plane
    private static final int REPORT_EVERY = 50; // iterations

    /**
     * @param perplexity effective number of neighbours, at least 1; reduced where there are too few points
     * @param iterations gradient steps, the first third (at most 250) with exaggerated attraction
     * @param threads number of threads, 0 for all cores
     * @param seed of the tiny jitter of the start
     */
    public record Settings(double perplexity, int iterations, int threads, long seed) {
        /** Perplexity 30, 750 iterations, all cores. */
        public static Settings defaults() {
            return new Settings(30, 750, 0, 0);
        }

        public Settings {
            if (!(perplexity >= 1) || iterations < 0) {
                throw new DuetException("t-SNE: expected perplexity ≥ 1 and iterations ≥ 0, got perplexity "
                        + perplexity + " and " + iterations + " iterations");
            }
        }
    }

    /** Told how the descent goes, every 50 iterations and at the end, on the caller's thread. */
    @FunctionalInterface
    public interface Progress {
        /** @param klNats Kullback–Leibler divergence of the embedding, nats, without exaggeration */
        void at(int iteration, int iterations, double klNats);
    }

    /** The points in the plane and how they came about. */
    public static final class Result {
        private final Points embedding;
        private final double perplexity;
        private final int iterations;
        private final double klNats;
        private final Optional<String> note;

        private Result(Points embedding, double perplexity, int iterations, double klNats, Optional<String> note) {
            this.embedding = embedding;
            this.perplexity = perplexity;
            this.iterations = iterations;
            this.klNats = klNats;
            this.note = note;
        }

        /** Positions, (N, 2), centred on the origin. */
        public Points embedding() {
            return embedding;
        }

        /** The perplexity used. */
        public double perplexity() {
            return perplexity;
        }

        /** Gradient steps done; fewer than asked for if cancelled. */
        public int iterations() {
            return iterations;
        }

        /** Final Kullback–Leibler divergence, nats. */
        public double klNats() {
            return klNats;
        }

        /** One sentence for the reader if the settings could not be followed: a reduced perplexity. */
        public Optional<String> note() {
            return note;
        }
    }

    private TSne() {}

    /** As {@link #embed(Points, Settings, Progress, BooleanSupplier)}, silently and to the end. */
    public static Result embed(Points data, Settings settings) {
        return embed(data, settings, (iteration, iterations, klNats) -> {}, () -> false);
    }

    /**
     * Embeds {@code data} in the plane.
     *
     * @param data points, (N, D), N ≥ 1, in any unit: scale and origin do not matter
     * @param cancelled asked before each iteration; once true, the embedding so far is returned
     * @throws DuetException if there is no point, or a coordinate is not finite (the first such row is named)
     */
    public static Result embed(Points data, Settings settings, Progress progress, BooleanSupplier cancelled) {
        data.requireFinite("t-SNE input");
        if (data.count() == 0) throw new DuetException("t-SNE: expected at least 1 point, got none");
        int count = data.count();
        double most = Math.max(1, (count - 1) / (double) NEIGHBOURS_PER_PERPLEXITY);
        double perplexity = Math.min(settings.perplexity(), most);
        Optional<String> note =
                perplexity == settings.perplexity() ? Optional.empty() : note(settings, perplexity, count);
        if (count == 1) return new Result(Points.of(new float[2], 1, 2), perplexity, 0, 0, note);
        int neighbours = Math.min(count - 1, (int) Math.ceil(NEIGHBOURS_PER_PERPLEXITY * perplexity));
        Points scaled = normalise(data);
        try (Workers workers = new Workers(settings.threads())) {
            Affinities affinities = Affinities.of(scaled, neighbours, perplexity, workers);
            TSneDescent descent = new TSneDescent(affinities, start(scaled, settings.seed()), workers);
            int done = run(descent, settings.iterations(), progress, cancelled);
            return new Result(descent.embedding(), perplexity, done, descent.klNats(), note);
        }
    }

    private static int run(TSneDescent descent, int iterations, Progress progress, BooleanSupplier cancelled) {
        int exaggerated = Math.min(TSneDescent.EXAGGERATED_ITERATIONS, iterations / 3);
        for (int i = 0; i < iterations; i++) {
            if (cancelled.getAsBoolean()) return i;
            descent.step(i < exaggerated);
            if ((i + 1) % REPORT_EVERY == 0 || i + 1 == iterations) progress.at(i + 1, iterations, descent.klNats());
        }
        return iterations;
    }

    private static Optional<String> note(Settings settings, double perplexity, int count) {
        return Optional.of("t-SNE: perplexity reduced from " + settings.perplexity() + " to "
                + Math.round(perplexity * 10) / 10.0 + ", as " + count + " points have too few neighbours for more");
    }

    /** Centred and scaled to a largest coordinate of 1, so that no unit overflows or underflows float squares. */
    private static Points normalise(Points data) {
        double[] mean = Pca.mean(data);
        int width = data.width();
        double largest = 0;
        for (int i = 0; i < data.count(); i++) {
            for (int d = 0; d < width; d++) largest = Math.max(largest, Math.abs(data.get(i, d) - mean[d]));
        }
        double scale = largest > 0 ? 1 / largest : 1;
        float[] out = new float[Math.multiplyExact(data.count(), width)];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) ((data.get(i / width, i % width) - mean[i % width]) * scale);
        }
        return Points.of(out, data.count(), width);
    }

    /** First positions, (N, 2): two principal components at START_SPREAD, plus jitter. */
    private static float[] start(Points data, long seed) {
        Pca pca = new Pca(data);
        double deviation = Math.sqrt(pca.variance(0));
        double scale = deviation > 0 ? START_SPREAD / deviation : 0;
        double[] projected = pca.project(data, 2);
        float[] out = new float[projected.length];
        for (int i = 0; i < out.length; i++) {
            double jitter = JITTER * START_SPREAD * Philox.normal(seed, Philox.Stream.EVALUATION, 0, i);
            out[i] = (float) (scale * projected[i] + jitter);
        }
        return out;
    }
}
