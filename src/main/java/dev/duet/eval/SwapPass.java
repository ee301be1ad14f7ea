package dev.duet.eval;

import dev.duet.backend.Backend;
import dev.duet.data.ImageSet;
import dev.duet.model.JointVae;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The swap test (docs/measures.md, M8) on the different images of each modality that has a private code: the codes are samples of the
 * modality's own posteriors, one of each image.
 */
final class SwapPass {
    private final Backend backend;
    private final JointVae vae;
    private final List<ImageSet> sets;
    private final TestPairs pairs;
    private final List<SharedJudges> judges; // per kind
    private final SharedClasses classes;
    private final Evaluator.Settings settings;
    private final Evaluator.Progress progress;

    /** @param sets that {@code pairs} index */
    SwapPass(
            Backend backend,
            JointVae vae,
            List<ImageSet> sets,
            TestPairs pairs,
            List<SharedJudges> judges,
            SharedClasses classes,
            Evaluator.Settings settings,
            Evaluator.Progress progress) {
        this.backend = backend;
        this.vae = vae;
        this.sets = sets;
        this.pairs = pairs;
        this.judges = judges;
        this.classes = classes;
        this.settings = settings;
        this.progress = progress;
    }

    /** By modality, then by kind of judge; nothing where there is no private code, or one class alone. */
    List<CodeSwap> measure() {
        List<CodeSwap> out = new ArrayList<>();
        for (int t = 0; t < vae.modalities(); t++) {
            int[] labels = pairs.labels(pairs.firstUses(t));
            if (vae.latent().privates().get(t) == 0
                    || Arrays.stream(labels).distinct().count() < 2) continue;
            out.addAll(measure(t, labels));
        }
        return List.copyOf(out);
    }

    /** @param labels class of each different image of modality {@code t}, (N) */
    private List<CodeSwap> measure(int t, int[] labels) {
        int target = t;
        int columns = vae.latent().codeColumns(t);
        int[] partners = CodeSwap.partners(labels, settings.seed());
        float[] codes = codes(t, partners);
        List<SwapTally> tallies = judges.stream()
                .map(kind -> new SwapTally(kind.of(target).columns()))
                .toList();
        CodeDecoder decoder = new CodeDecoder(backend, vae, t, settings.batch());
        for (int from = 0; from < labels.length; from += settings.batch()) {
            int to = Math.min(labels.length, from + settings.batch());
            float[] images = decoder.decode(Arrays.copyOfRange(codes, from * columns, to * columns));
            int[] shared = Arrays.copyOfRange(labels, from, to);
            int[] privates =
                    Arrays.stream(partners, from, to).map(i -> labels[i]).toArray();
            for (int j = 0; j < tallies.size(); j++)
                tallies.get(j).add(shared, privates, judges.get(j).of(t).classify(images));
            progress.at("swapped codes of " + modality(t), to, labels.length);
        }
        List<CodeSwap> out = new ArrayList<>();
        for (int j = 0; j < tallies.size(); j++)
            out.add(tallies.get(j).result(judges.get(j).name(), modality(t), classes));
        return out;
    }

    private String modality(int t) {
        return Posteriors.modalities(vae).get(t);
    }

    /** One sample of each different image's own posteriors, s of image i with w of image {@code partners[i]}, (N, Z + W_t). */
    private float[] codes(int t, int[] partners) {
        LatentEncoder.Codes codes = new LatentEncoder(backend, vae, sets, settings.batch())
                .sampleCodes(pairs.pairs(pairs.firstUses(t)), settings.seed());
        return CodeSource.joined(
                vae.latent(),
                t,
                codes.shared().get(t).toArray(),
                codes.privates().get(t).rows(partners).toArray());
    }
}
