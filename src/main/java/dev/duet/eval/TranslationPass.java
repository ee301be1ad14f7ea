package dev.duet.eval;

import dev.duet.Workers;
import dev.duet.model.JointVae;
import dev.duet.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * What evaluation reads off decoded test images, batch by batch: every modality decoded from each modality's own posterior
 * (translation, or reconstruction where they are the same) and from the joint one.
 */
final class TranslationPass {
    private final Workers workers;
    private final JointVae vae;
    private final TestPairs pairs;
    private final List<SharedJudges> judges; // per kind
    private final SharedClasses classes;
    private final Ways ways;
    private final boolean joint; // whether there is a joint posterior besides the only modality's own
    private final TranslationTally[][] translations; // (source, target)
    private final Features[][] features; // (source, target) the strong judge's, of decoded images
    private final List<DecodedImages> others;
    private final List<ReconstructionTally> alone = new ArrayList<>(); // per modality
    private final List<ReconstructionTally> together = new ArrayList<>(); // per modality

    /** Which modality's images decoded as which are looked at. */
    @FunctionalInterface
    interface Ways {
        boolean include(int source, int target);
    }

    /**
     * @param ways to look at
     * @param others that look at each modality decoded from each one's own posterior, too
     */
    TranslationPass(
            JointVae vae,
            TestPairs pairs,
            List<SharedJudges> judges,
            SharedClasses classes,
            Ways ways,
            List<DecodedImages> others,
            Workers workers) {
        this.ways = ways;
        this.workers = workers;
        this.others = others;
        this.vae = vae;
        this.pairs = pairs;
        this.judges = judges;
        this.classes = classes;
        joint = vae.modalities() > 1;
        translations = new TranslationTally[vae.modalities()][vae.modalities()];
        features = new Features[vae.modalities()][vae.modalities()];
        for (int t = 0; t < vae.modalities(); t++) {
            Shape image = vae.image(t);
            int target = t;
            int[] columns =
                    judges.stream().mapToInt(kind -> kind.of(target).columns()).toArray();
            for (Features[] from : features) from[t] = judges.get(0).of(t).features();
            for (TranslationTally[] from : translations) from[t] = new TranslationTally(image, classes.size(), columns);
            alone.add(new ReconstructionTally(image));
            together.add(new ReconstructionTally(image));
        }
    }

    /**
     * Takes in a batch of modality {@code source}, decoded from {@link Posteriors#of(dev.duet.backend.LatentSpec, int)}.
     *
     * @param chosen (B) the batch's pairs
     * @param decoded per modality its means, (n_t·B, C, H, W)
     */
    void add(int source, int[] chosen, IntFunction<float[]> decoded) {
        for (int t = 0; t < vae.modalities(); t++) {
            if (!ways.include(source, t)) continue;
            float[] means = decoded.apply(t);
            float[] originals = pairs.images(t, chosen, workers); // (B, C, H, W)
            float[] own = Arrays.copyOf(means, originals.length); // the first block
            int[][] judged = new int[judges.size()][];
            for (int j = 0; j < judged.length; j++) {
                Classifier.Reading reading = judges.get(j).of(t).read(own);
                judged[j] = reading.classes();
                if (j == 0) features[source][t].add(reading.features());
            }
            int[] labels = pairs.labels(chosen);
            translations[source][t].add(own, originals, labels, judged, workers);
            for (DecodedImages other : others) other.add(source, t, own, originals, labels);
            if (t != source) continue;
            alone.get(t).add(originals, own, chosen.length, workers);
            if (!joint) continue;
            float[] jointly = Arrays.copyOfRange(means, originals.length, 2 * originals.length);
            together.get(t).add(originals, jointly, chosen.length, workers);
        }
    }

    List<Evaluation.Coherence> coherence(String code) {
        List<String> names = Posteriors.modalities(vae);
        List<String> kinds = judges.stream().map(SharedJudges::name).toList();
        List<Evaluation.Coherence> out = new ArrayList<>();
        for (int s = 0; s < names.size(); s++) {
            for (int t = 0; t < names.size(); t++) {
                if (!ways.include(s, t)) continue;
                int target = t;
                List<Double> ceilings =
                        judges.stream().map(kind -> kind.ceiling(target)).toList();
                out.add(translations[s][t].result(names.get(s), names.get(t), code, classes, kinds, ceilings));
            }
        }
        return out;
    }

    /** Adds the distance of each way's images from real ones. */
    void distances(FeatureDistances out) {
        List<String> names = Posteriors.modalities(vae);
        for (int s = 0; s < names.size(); s++) {
            for (int t = 0; t < names.size(); t++) out.add(names.get(s), t, features[s][t]);
        }
    }

    List<Evaluation.Reconstruction> reconstruction() {
        List<String> names = Posteriors.names(vae, Posteriors.of(vae.latent()));
        List<Evaluation.Reconstruction> out = new ArrayList<>();
        for (int t = 0; t < vae.modalities(); t++) {
            out.add(alone.get(t).result(names.get(t), names.get(t)));
            if (joint) out.add(together.get(t).result(names.get(t), names.get(names.size() - 1)));
        }
        return out;
    }
}
