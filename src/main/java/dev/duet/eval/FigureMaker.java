package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.measure.Points;
import dev.duet.model.JointVae;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Computes what the figures show from a model and test images; seeded. */
public final class FigureMaker {
    /**
     * How much to show.
     *
     * @param pairs test pairs, and as many reconstructions per modality
     * @param samples of shared and private codes
     * @param perClass images of each class that are translated
     * @param translations of each of them, where the target has a private code; else one
     * @param interpolations lines between pairs
     * @param steps pictures of each line, both ends included, at least 2
     * @param seed of all choices and samples
     */
    public record Settings(
            int pairs, int samples, int perClass, int translations, int interpolations, int steps, long seed) {
        /** 10 pairs, 40 samples, 2 images of each class translated 4 times, 5 lines of 9 steps. */
        public static Settings defaults(long seed) {
            return new Settings(10, 40, 2, 4, 5, 9, seed);
        }

        public Settings {
            int least = IntStream.of(pairs, samples, perClass, translations, interpolations)
                    .min()
                    .orElseThrow();
            if (least < 1 || steps < 2) {
                throw new DuetException(
                        "figures: expected at least 1 pair, sample, image per class, translation of it and"
                                + " interpolation of at least 2 steps, got " + pairs + ", " + samples + ", " + perClass
                                + ", "
                                + translations + ", " + interpolations + " of " + steps);
            }
        }
    }

    /** Translated images of each modality at most, where there are many classes. */
    private static final int MOST_SOURCES = 40;

    /** Rows, and columns, of a swap at most. */
    private static final int MOST_SWAPPED = 10;

    private final Settings settings;
    private final FigureParts parts;
    private final CodeSource codes;

    /**
     * @param sets per modality the test images, at the modality's size and channels
     * @param judges that read the labels under the images
     * @param codes of the samples; its private codes also those of translations
     * @throws DuetException if a set has no labels or they share no class
     */
    public FigureMaker(
            Backend backend, JointVae vae, List<ImageSet> sets, Judges judges, CodeSource codes, Settings settings) {
        this.settings = settings;
        this.codes = codes;
        parts = new FigureParts(backend, vae, sets, judges, settings.seed);
    }

    /**
     * Runs the model; sets the backend's scalars.
     *
     * @param stop asked before each kind of figure, and before each domain's translations
     * @throws CancellationException if told to stop
     */
    public FigureData make(BooleanSupplier stop) {
        int[] shown = IntStream.range(0, Math.min(settings.pairs, parts.pairs.count()))
                .toArray();
        List<FigureData.Pair> pairs = Arrays.stream(shown).mapToObj(parts::pair).toList();
        goOn(stop);
        List<FigureData.Reconstructions> reconstructions = reconstructions(shown);
        goOn(stop);
        List<FigureData.Sample> samples = samples();
        List<FigureData.Translations> translations = translations(stop);
        goOn(stop);
        List<FigureData.Swap> swaps = swaps();
        goOn(stop);
        return new FigureData(
                parts.domains, pairs, reconstructions, codes.name(), samples, translations, swaps, interpolations());
    }

    private static void goOn(BooleanSupplier stop) {
        if (stop.getAsBoolean()) throw new CancellationException("figures: stopped");
    }

    private List<FigureData.Reconstructions> reconstructions(int[] shown) {
        PairDecoder.Decoded decoded = parts.decoder.means(parts.pairs.pairs(shown));
        List<FigureData.Reconstructions> out = new ArrayList<>();
        for (int t = 0; t < parts.modalities(); t++)
            out.add(new FigureData.Reconstructions(
                    parts.domains.get(t), labelled(t, shown), parts.judged(t, decoded.means()[t][t])));
        return out;
    }

    private List<FigureData.Labelled> labelled(int m, int[] shown) {
        return Arrays.stream(shown).mapToObj(i -> parts.labelled(m, i)).toList();
    }

    private List<FigureData.Sample> samples() {
        List<float[]> decoded = parts.sampler.sample(codes, settings.seed, 0, settings.samples);
        return FigureParts.together(IntStream.range(0, parts.modalities())
                .mapToObj(t -> parts.judged(t, decoded.get(t)))
                .toList());
    }

    /** The k-th translation of an image is from its k-th sample of s, and from a private code of the k-th noise, which all share. */
    private List<FigureData.Translations> translations(BooleanSupplier stop) {
        List<FigureData.Translations> out = new ArrayList<>();
        for (int s = 0; s < parts.modalities(); s++) {
            goOn(stop);
            int[] shown = sources(s);
            List<float[][]> sampled = new ArrayList<>();
            for (int k = 0; k < settings.translations; k++)
                sampled.add(parts.decoder.samples(parts.pairs.pairs(shown), settings.seed + k)
                        .codes()[s]);
            for (int t = 0; t < parts.modalities(); t++) {
                if (t != s) out.add(translations(s, t, shown, sampled));
            }
        }
        return out;
    }

    /** Pairs with one image of each class, then another of each, and so on. */
    private int[] sources(int m) {
        return IntStream.range(0, settings.perClass)
                .flatMap(nth -> Arrays.stream(parts.ofEachClass(m, nth)))
                .limit(MOST_SOURCES)
                .toArray();
    }

    /**
     * @param sampled codes by k, then per modality (n, Z + W)
     */
    private FigureData.Translations translations(int source, int target, int[] shown, List<float[][]> sampled) {
        List<List<FigureData.Judged>> decoded = new ArrayList<>();
        boolean styled = parts.latent.privates().get(target) > 0;
        for (int k = 0; k < (styled ? sampled.size() : 1); k++)
            decoded.add(parts.decode(target, restyled(target, sampled.get(k)[target], k)));
        List<FigureData.Translated> sources = new ArrayList<>();
        for (int i = 0; i < shown.length; i++) {
            int row = i;
            sources.add(new FigureData.Translated(
                    parts.labelled(source, shown[i]),
                    decoded.stream().map(of -> of.get(row)).toList()));
        }
        return new FigureData.Translations(
                parts.domains.get(source), parts.domains.get(target), styled, List.copyOf(sources));
    }

    /** (n, Z + W): the same s, and w of the k-th noise. */
    private float[] restyled(int t, float[] whole, int k) {
        int columns = parts.latent.codeColumns(t);
        int width = parts.latent.privates().get(t);
        Points s = Points.of(whole, whole.length / columns, columns).leading(parts.latent.shared());
        float[] w = new float[s.count() * width];
        for (int i = 0; i < s.count(); i++) {
            float[] own = codes.privates().get(t).codes(s.rows(new int[] {i}).toArray(), settings.seed, k);
            System.arraycopy(own, 0, w, i * width, width);
        }
        return CodeSource.joined(parts.latent, t, s.toArray(), w);
    }

    private List<FigureData.Swap> swaps() {
        return IntStream.range(0, parts.modalities())
                .filter(t -> parts.latent.privates().get(t) > 0)
                .mapToObj(this::swap)
                .toList();
    }

    private FigureData.Swap swap(int t) {
        int[] shared =
                Arrays.stream(parts.ofEachClass(t, 0)).limit(MOST_SWAPPED).toArray();
        int[] others =
                Arrays.stream(parts.ofEachClass(t, 1)).limit(MOST_SWAPPED).toArray();
        int[] privates = others.length > 0 ? others : shared;
        float[] sharedCodes = ownCodes(t, shared);
        float[] privateCodes = ownCodes(t, privates);
        List<List<FigureData.Judged>> images = new ArrayList<>();
        for (int row = 0; row < shared.length; row++) {
            int[] rows = new int[privates.length];
            Arrays.fill(rows, row);
            int[] columns = IntStream.range(0, privates.length).toArray();
            images.add(parts.decode(t, CodeDecoder.mixed(parts.latent, t, sharedCodes, rows, privateCodes, columns)));
        }
        return new FigureData.Swap(
                parts.domains.get(t), labelled(t, shared), labelled(t, privates), List.copyOf(images));
    }

    /** Modality {@code t}'s own posterior means of its images in {@code shown} pairs, (n, Z + W_t). */
    private float[] ownCodes(int t, int[] shown) {
        return parts.decoder.means(parts.pairs.pairs(shown)).codes()[t][t];
    }

    private List<FigureData.Interpolation> interpolations() {
        int[] ends = ends();
        List<FigureData.Interpolation> out = new ArrayList<>();
        if (ends.length == 0) return out;
        float[][] codes = parts.decoder.means(parts.pairs.pairs(ends)).jointCodes();
        for (int i = 0; i < ends.length; i += 2) {
            int first = i;
            List<List<FigureData.Judged>> along = IntStream.range(0, parts.modalities())
                    .mapToObj(t -> parts.decode(t, line(codes[t], t, first)))
                    .toList();
            out.add(new FigureData.Interpolation(
                    parts.pair(ends[i]), parts.pair(ends[i + 1]), FigureParts.together(along)));
        }
        return out;
    }

    /** Pairs at the ends of the lines, first and last of each in turn: of different classes, each pair once. */
    private int[] ends() {
        List<Integer> free =
                new ArrayList<>(IntStream.range(0, parts.pairs.count()).boxed().toList());
        List<Integer> out = new ArrayList<>();
        while (out.size() < 2 * settings.interpolations && free.size() > 1) {
            int from = free.remove(0);
            int to = IntStream.range(0, free.size())
                    .filter(i -> !parts.label(free.get(i)).equals(parts.label(from)))
                    .findFirst()
                    .orElse(0);
            out.add(from);
            out.add(free.remove(to));
        }
        return out.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Shared codes from row {@code first} to the next of {@code codes} (·, Z + W_t) in equal steps; private code of the first. */
    private float[] line(float[] codes, int t, int first) {
        int columns = parts.latent.codeColumns(t);
        float[] out = new float[settings.steps * columns];
        for (int k = 0; k < settings.steps; k++) {
            float share = k / (float) (settings.steps - 1);
            for (int d = 0; d < columns; d++) {
                float from = codes[first * columns + d];
                float to = d < parts.latent.shared() ? codes[(first + 1) * columns + d] : from;
                out[k * columns + d] = from * (1 - share) + to * share;
            }
        }
        return out;
    }
}
