package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.measure.Points;
import dev.duet.measure.TSne;
import dev.duet.measure.Trustworthiness;
import dev.duet.model.JointVae;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The latent space in the plane: t-SNE of the joint posterior's means, of each domain's, and of all domains' together, which
 * shows whether they share one space. Deterministic by seed.
 *
 * @param classes names of the shared classes
 * @param domains names of the modalities
 * @param panels the joint one, one per domain, then all together
 */
public record LatentMap(List<String> classes, List<String> domains, List<Panel> panels) {
    /** {@link Panel#domains()} of a point that belongs to all domains: a code of the joint posterior. */
    public static final int JOINT = -1;

    private static final int TRUST_NEIGHBOURS = 12;
    private static final int TRUST_QUERIES = 2_000;

    /**
     * One embedding.
     *
     * @param name e.g. {@code mnist+svhn} (joint posterior), {@code mnist}, {@code mnist and svhn} (both domains' own)
     * @param embedding (N, 2)
     * @param latents (N, Z) what was embedded
     * @param labels shared class of each point, (N)
     * @param domains modality of each point, (N), or {@link #JOINT}
     * @param trustworthiness of the embedding; empty with fewer than 4 points
     * @param klNats final Kullback–Leibler divergence of t-SNE, nats
     * @param perplexity the one used
     * @param note what t-SNE had to change, if anything
     */
    @SuppressWarnings("ArrayRecordComponent") // a parcel to draw, never compared
    public record Panel(
            String name,
            Points embedding,
            Points latents,
            byte[] labels,
            byte[] domains,
            Optional<Trustworthiness> trustworthiness,
            double klNats,
            double perplexity,
            Optional<String> note) {}

    /**
     * @param maxPoints per panel; where domains share one, it is divided among them
     * @param batch images encoded at once
     * @param seed of the choice of points
     */
    public record Settings(int maxPoints, int batch, long seed, TSne.Settings tsne) {
        public Settings {
            if (maxPoints < 1 || batch < 1) {
                throw new DuetException("latent map: expected at least 1 point and 1 image per batch, got " + maxPoints
                        + " and " + batch);
            }
        }
    }

    /** Told how the embedding of panel {@code name} goes. */
    @FunctionalInterface
    public interface Progress {
        void at(String name, int iteration, int iterations);
    }

    /** What goes into a panel. */
    private record Codes(String name, LabelledPoints points, byte[] domains) {}

    /**
     * Encodes label-matched pairs of {@code sets} and embeds their codes.
     *
     * @param sets per modality images at its size and channels, usually the test sets
     * @param stop asked before each iteration; once true, the embeddings stay as they are then
     * @throws DuetException if a set has no labels or they share no class
     */
    public static LatentMap of(
            Backend backend,
            JointVae vae,
            List<ImageSet> sets,
            Settings settings,
            Progress progress,
            BooleanSupplier stop) {
        SharedClasses classes = SharedClasses.of(sets);
        TestPairs pairs = new TestPairs(sets, classes, settings.seed, settings.maxPoints);
        List<LabelledPoints> latents = LabelledPoints.of(new LatentEncoder(backend, vae, sets, settings.batch), pairs);
        List<String> domains = Posteriors.modalities(vae);
        List<Panel> panels = new ArrayList<>();
        for (Codes codes : panels(latents, domains, settings.maxPoints))
            panels.add(embed(codes, settings, progress, stop));
        return new LatentMap(classes.names(), domains, List.copyOf(panels));
    }

    private static List<Codes> panels(List<LabelledPoints> latents, List<String> domains, int maxPoints) {
        List<Codes> out = new ArrayList<>();
        int modalities = domains.size();
        if (modalities > 1) {
            LabelledPoints joint = latents.get(modalities);
            out.add(new Codes(
                    String.join("+", domains), joint, filled(joint.points().count(), JOINT)));
        }
        for (int m = 0; m < modalities; m++) {
            LabelledPoints own = latents.get(m);
            out.add(new Codes(domains.get(m), own, filled(own.points().count(), m)));
        }
        if (modalities > 1) out.add(together(latents.subList(0, modalities), domains, maxPoints));
        return out;
    }

    private static byte[] filled(int count, int value) {
        byte[] out = new byte[count];
        Arrays.fill(out, (byte) value);
        return out;
    }

    /** The first points of each domain, as many of each as the cap allows. */
    private static Codes together(List<LabelledPoints> latents, List<String> domains, int maxPoints) {
        int each = Math.max(1, maxPoints / latents.size());
        int width = latents.get(0).points().width();
        int count = latents.stream()
                .mapToInt(l -> Math.min(each, l.points().count()))
                .sum();
        float[] values = new float[count * width];
        byte[] labels = new byte[count];
        byte[] of = new byte[count];
        int row = 0;
        for (int m = 0; m < latents.size(); m++) {
            LabelledPoints from = latents.get(m);
            for (int i = 0; i < Math.min(each, from.points().count()); i++, row++) {
                for (int d = 0; d < width; d++)
                    values[row * width + d] = from.points().get(i, d);
                labels[row] = from.labels()[i];
                of[row] = (byte) m;
            }
        }
        LabelledPoints points = new LabelledPoints(Points.of(values, count, width), labels);
        return new Codes(String.join(" and ", domains), points, of);
    }

    private static Panel embed(Codes codes, Settings settings, Progress progress, BooleanSupplier stop) {
        Points latents = codes.points.points();
        TSne.Result result = TSne.embed(
                latents,
                settings.tsne,
                (iteration, iterations, klNats) -> progress.at(codes.name, iteration, iterations),
                stop);
        return new Panel(
                codes.name,
                result.embedding(),
                latents,
                codes.points.labels(),
                codes.domains,
                trustworthiness(latents, result.embedding(), settings.seed),
                result.klNats(),
                result.perplexity(),
                result.note());
    }

    private static Optional<Trustworthiness> trustworthiness(Points latents, Points embedding, long seed) {
        int count = latents.count();
        int k = Math.min(TRUST_NEIGHBOURS, (count - 1) / 3);
        if (count < 4) return Optional.empty();
        return Optional.of(Trustworthiness.sampled(latents, embedding, k, Math.min(count, TRUST_QUERIES), seed));
    }
}
