package dev.duet.eval;

import dev.duet.model.JointVae;
import dev.duet.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * What evaluation reads off decoded test images, batch by batch: every modality decoded from each modality's own posterior
 * (translation, or reconstruction where they are the same) and from the joint one.
 */
final class TranslationPass {
    private final JointVae vae;
    private final TestPairs pairs;
    private final List<SharedJudge> judges;
    private final SharedClasses classes;
    private final boolean joint; // whether there is a joint posterior besides the only modality's own
    private final TranslationTally[][] translations; // (source, target)
    private final List<ReconstructionTally> alone = new ArrayList<>(); // per modality
    private final List<ReconstructionTally> together = new ArrayList<>(); // per modality

    TranslationPass(JointVae vae, TestPairs pairs, List<SharedJudge> judges, SharedClasses classes) {
        this.vae = vae;
        this.pairs = pairs;
        this.judges = judges;
        this.classes = classes;
        joint = vae.modalities() > 1;
        translations = new TranslationTally[vae.modalities()][vae.modalities()];
        for (int t = 0; t < vae.modalities(); t++) {
            Shape image = vae.image(t);
            for (TranslationTally[] from : translations)
                from[t] = new TranslationTally(
                        image, classes.size(), judges.get(t).columns());
            alone.add(new ReconstructionTally(image));
            together.add(new ReconstructionTally(image));
        }
    }

    /** Takes in a batch decoded from {@link Posteriors}. */
    void add(Inference.Rows rows) {
        for (int t = 0; t < vae.modalities(); t++) {
            float[] means = rows.means(t); // (subsets·B, C, H, W)
            for (int source = 0; source < vae.modalities(); source++) translate(rows, means, source, t);
            if (joint) reconstructJointly(rows, means, t);
        }
    }

    private void translate(Inference.Rows rows, float[] means, int source, int target) {
        int[] chosen = pairs.firstUses(source, rows.first(), rows.count());
        if (chosen.length == 0) return;
        float[] decoded = select(rows, means, source, chosen, target);
        float[] originals = pairs.images(target, chosen);
        int[] judged = judges.get(target).classify(decoded);
        translations[source][target].add(decoded, originals, pairs.labels(chosen), judged);
        if (source == target) alone.get(target).add(originals, decoded, chosen.length);
    }

    private void reconstructJointly(Inference.Rows rows, float[] means, int t) {
        int[] chosen = pairs.firstUses(t, rows.first(), rows.count());
        if (chosen.length == 0) return;
        float[] decoded = select(rows, means, vae.modalities(), chosen, t);
        together.get(t).add(pairs.images(t, chosen), decoded, chosen.length);
    }

    /** The {@code chosen} pairs of block {@code block} of {@code means}, (n, C, H, W). */
    private float[] select(Inference.Rows rows, float[] means, int block, int[] chosen, int t) {
        int size = vae.image(t).size();
        float[] out = new float[chosen.length * size];
        for (int i = 0; i < chosen.length; i++) {
            int row = block * rows.count() + chosen[i] - rows.first();
            System.arraycopy(means, row * size, out, i * size, size);
        }
        return out;
    }

    /** @param ceilings accuracy of each modality's judge on real images */
    List<Evaluation.Coherence> coherence(String code, List<Double> ceilings) {
        List<String> names = Posteriors.modalities(vae);
        List<Evaluation.Coherence> out = new ArrayList<>();
        for (int s = 0; s < names.size(); s++) {
            for (int t = 0; t < names.size(); t++)
                out.add(translations[s][t].result(names.get(s), names.get(t), code, classes, ceilings.get(t)));
        }
        return out;
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
