package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.backend.LatentSpec;
import dev.duet.data.ImageSet;
import dev.duet.data.Png;
import dev.duet.model.JointVae;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** What the figures are made of: test images with their classes, codes of them, and decoded images with what the judges read. */
final class FigureParts {
    private static final int BATCH = 64;

    final List<String> domains;
    final LatentSpec latent;
    final SharedClasses classes;
    final TestPairs pairs;
    final PairDecoder decoder;
    final Sampler sampler;
    private final JointVae vae;
    private final List<ImageSet> sets;
    private final Judges judges;

    /** As {@link FigureMaker}'s. */
    FigureParts(Backend backend, JointVae vae, List<ImageSet> sets, Judges judges, long seed) {
        this.vae = vae;
        this.sets = sets;
        this.judges = judges;
        latent = vae.latent();
        domains = Posteriors.modalities(vae);
        classes = SharedClasses.of(sets);
        pairs = new TestPairs(sets, classes, seed, Integer.MAX_VALUE);
        decoder = new PairDecoder(backend, vae, sets, BATCH);
        sampler = new Sampler(backend, vae, BATCH);
    }

    /** M. */
    int modalities() {
        return domains.size();
    }

    /** Name of the class of a pair. */
    String label(int pair) {
        return classes.names().get(pairs.labels()[pair]);
    }

    /** Modality {@code m}'s image of a pair. */
    FigureData.Labelled labelled(int m, int pair) {
        return new FigureData.Labelled(image(m, pair), label(pair));
    }

    FigureData.Pair pair(int pair) {
        return new FigureData.Pair(
                label(pair),
                IntStream.range(0, modalities()).mapToObj(m -> image(m, pair)).toList());
    }

    private Png.Image image(int m, int pair) {
        return Pictures.of(sets.get(m), pairs.pairs()[m][pair]);
    }

    /** Pairs with the {@code nth} different image of modality {@code m} of each class that has so many, class by class. */
    int[] ofEachClass(int m, int nth) {
        int[] different = pairs.firstUses(m);
        return IntStream.range(0, classes.size())
                .flatMap(c -> Arrays.stream(different)
                        .filter(pair -> pairs.labels()[pair] == c)
                        .skip(nth)
                        .limit(1))
                .toArray();
    }

    /** Decodes codes of modality {@code t}, row-major (N, Z + W_t). */
    List<FigureData.Judged> decode(int t, float[] codes) {
        return judged(t, sampler.decode(t, codes));
    }

    /** @param means of modality {@code t}, (N, C, H, W) in [0, 1] */
    List<FigureData.Judged> judged(int t, float[] means) {
        Classifier judge = judges.ofModality().get(t);
        int[] read = judge.classify(means);
        List<FigureData.Judged> out = new ArrayList<>();
        for (int i = 0; i < read.length; i++)
            out.add(new FigureData.Judged(
                    Pictures.of(means, i, vae.image(t)), judge.classes().get(read[i])));
        return out;
    }

    /** Per modality N decoded images as N samples of one in each modality. */
    static List<FigureData.Sample> together(List<List<FigureData.Judged>> ofModality) {
        return IntStream.range(0, ofModality.get(0).size())
                .mapToObj(i -> new FigureData.Sample(
                        ofModality.stream().map(of -> of.get(i)).toList()))
                .toList();
    }
}
