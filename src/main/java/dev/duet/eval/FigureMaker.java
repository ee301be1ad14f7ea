package dev.duet.eval;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.data.Png;
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
     * @param perClass translations of each class
     * @param interpolations lines between pairs
     * @param steps pictures of each line, both ends included, at least 2
     * @param seed of all choices and samples
     */
    public record Settings(int pairs, int samples, int perClass, int interpolations, int steps, long seed) {
        /** 10 pairs, 40 samples, 4 per class, 6 lines of 11 steps. */
        public static Settings defaults(long seed) {
            return new Settings(10, 40, 4, 6, 11, seed);
        }

        public Settings {
            if (Math.min(Math.min(pairs, samples), Math.min(perClass, interpolations)) < 1 || steps < 2) {
                throw new DuetException("figures: expected at least 1 pair, sample, translation per class and"
                        + " interpolation of at least 2 steps, got " + pairs + ", " + samples + ", " + perClass + ", "
                        + interpolations + " of " + steps);
            }
        }
    }

    private static final int BATCH = 64;

    private final JointVae vae;
    private final List<ImageSet> sets;
    private final Judges judges;
    private final Settings settings;
    private final SharedClasses classes;
    private final TestPairs pairs;
    private final List<String> domains;
    private final PairDecoder decoder;
    private final Sampler sampler;
    private final SharedCodes codes;

    /**
     * @param sets per modality the test images, at the modality's size and channels
     * @param judges that read the labels under the images
     * @param codes shared codes of the samples
     * @throws DuetException if a set has no labels or they share no class
     */
    public FigureMaker(
            Backend backend, JointVae vae, List<ImageSet> sets, Judges judges, SharedCodes codes, Settings settings) {
        this.vae = vae;
        this.sets = sets;
        this.judges = judges;
        this.settings = settings;
        classes = SharedClasses.of(sets);
        pairs = new TestPairs(sets, classes, settings.seed, Integer.MAX_VALUE);
        domains = Posteriors.modalities(vae);
        decoder = new PairDecoder(backend, vae, sets, BATCH);
        sampler = new Sampler(backend, vae, BATCH);
        this.codes = codes;
    }

    /**
     * Runs the model; sets the backend's scalars.
     *
     * @param stop asked before each kind of figure, and before each domain's translations
     * @throws CancellationException if told to stop
     */
    public FigureData make(BooleanSupplier stop) {
        int[] shown =
                IntStream.range(0, Math.min(settings.pairs, pairs.count())).toArray();
        goOn(stop);
        List<FigureData.Reconstructions> reconstructions = reconstructions(shown);
        goOn(stop);
        List<FigureData.Sample> samples = samples();
        List<FigureData.Translations> translations = translations(stop);
        goOn(stop);
        return new FigureData(
                domains, pairs(shown), reconstructions, codes.name(), samples, translations, interpolations());
    }

    private static void goOn(BooleanSupplier stop) {
        if (stop.getAsBoolean()) throw new CancellationException("figures: stopped");
    }

    private String label(int pair) {
        return classes.names().get(pairs.labels()[pair]);
    }

    private Png.Image image(int m, int pair) {
        return Pictures.of(sets.get(m), pairs.pairs()[m][pair]);
    }

    private List<Png.Image> images(int pair) {
        return IntStream.range(0, domains.size()).mapToObj(m -> image(m, pair)).toList();
    }

    private List<FigureData.Pair> pairs(int[] shown) {
        return Arrays.stream(shown)
                .mapToObj(i -> new FigureData.Pair(label(i), images(i)))
                .toList();
    }

    private List<FigureData.Reconstructions> reconstructions(int[] shown) {
        PairDecoder.Decoded decoded = decoder.means(pairs.pairs(shown));
        List<FigureData.Reconstructions> out = new ArrayList<>();
        for (int t = 0; t < domains.size(); t++) {
            int modality = t;
            out.add(new FigureData.Reconstructions(
                    domains.get(t),
                    Arrays.stream(shown).mapToObj(this::label).toList(),
                    Arrays.stream(shown).mapToObj(i -> image(modality, i)).toList(),
                    Pictures.all(decoded.means()[t][t], vae.image(t))));
        }
        return out;
    }

    private List<FigureData.Sample> samples() {
        List<float[]> decoded = sampler.sample(codes, settings.seed, 0, settings.samples);
        List<List<String>> judged = new ArrayList<>();
        for (int t = 0; t < domains.size(); t++) judged.add(judged(t, decoded.get(t)));
        List<FigureData.Sample> out = new ArrayList<>();
        for (int i = 0; i < settings.samples; i++) {
            List<Png.Image> images = new ArrayList<>();
            List<String> read = new ArrayList<>();
            for (int t = 0; t < domains.size(); t++) {
                images.add(Pictures.of(decoded.get(t), i, vae.image(t)));
                read.add(judged.get(t).get(i));
            }
            out.add(new FigureData.Sample(images, read));
        }
        return out;
    }

    private List<String> judged(int t, float[] images) {
        Judge judge = judges.ofModality().get(t);
        return Arrays.stream(judge.classify(images))
                .mapToObj(judge.classes()::get)
                .toList();
    }

    private List<FigureData.Translations> translations(BooleanSupplier stop) {
        List<FigureData.Translations> out = new ArrayList<>();
        for (int s = 0; s < domains.size(); s++) {
            goOn(stop);
            int[] shown = someOfEachClass(s);
            PairDecoder.Decoded decoded = decoder.samples(pairs.pairs(shown), settings.seed);
            for (int t = 0; t < domains.size(); t++) {
                if (t != s) out.add(translations(s, t, shown, decoded.means()[s][t]));
            }
        }
        return out;
    }

    private FigureData.Translations translations(int source, int target, int[] shown, float[] decoded) {
        List<String> judged = judged(target, decoded);
        List<FigureData.Translated> images = new ArrayList<>();
        for (int i = 0; i < shown.length; i++) {
            Png.Image translated = Pictures.of(decoded, i, vae.image(target));
            images.add(new FigureData.Translated(image(source, shown[i]), translated, label(shown[i]), judged.get(i)));
        }
        return new FigureData.Translations(domains.get(source), domains.get(target), images);
    }

    /** Pairs with the first different images of modality {@code m}, class by class. */
    private int[] someOfEachClass(int m) {
        int[] different = pairs.firstUses(m);
        return IntStream.range(0, classes.size())
                .flatMap(c -> Arrays.stream(different)
                        .filter(i -> pairs.labels()[i] == c)
                        .limit(settings.perClass))
                .toArray();
    }

    private List<FigureData.Interpolation> interpolations() {
        int lines = Math.min(settings.interpolations, pairs.count() / 2);
        int[] ends = IntStream.range(0, 2 * lines).toArray();
        float[][] codes = decoder.means(pairs.pairs(ends)).jointCodes();
        List<float[]> along = new ArrayList<>();
        for (int t = 0; t < domains.size(); t++)
            along.add(line(codes[t], vae.latent().codeColumns(t), lines));
        List<float[]> decoded = sampler.decode(along);
        List<FigureData.Interpolation> out = new ArrayList<>();
        for (int i = 0; i < lines; i++) {
            List<List<Png.Image>> images = new ArrayList<>();
            for (int t = 0; t < domains.size(); t++) {
                int size = settings.steps * vae.image(t).size();
                images.add(Pictures.all(Arrays.copyOfRange(decoded.get(t), i * size, (i + 1) * size), vae.image(t)));
            }
            out.add(new FigureData.Interpolation(label(2 * i), label(2 * i + 1), images));
        }
        return out;
    }

    /** From code 2i to code 2i + 1 of {@code codes} (2·lines, columns) in equal steps: (lines·steps, columns). */
    private float[] line(float[] codes, int columns, int lines) {
        float[] out = new float[lines * settings.steps * columns];
        for (int i = 0; i < lines; i++) {
            for (int k = 0; k < settings.steps; k++) {
                float share = k / (float) (settings.steps - 1);
                for (int d = 0; d < columns; d++) {
                    float from = codes[2 * i * columns + d];
                    float to = codes[(2 * i + 1) * columns + d];
                    out[(i * settings.steps + k) * columns + d] = from * (1 - share) + to * share;
                }
            }
        }
        return out;
    }
}
