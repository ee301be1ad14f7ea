package dev.duet.eval;

import dev.duet.backend.LatentSpec;
import dev.duet.backend.Subset;
import dev.duet.model.JointVae;
import dev.duet.model.ModalitySpec;
import dev.duet.objective.Elbo;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The posteriors that evaluation looks at: subset m is modality m alone, the last one all together; each decodes every
 * modality. A private code of a modality that the subset lacks comes from its prior, however the model was trained: nothing
 * of an image that translation does not see may leak into its result.
 */
final class Posteriors {
    private Posteriors() {}

    static LatentSpec of(LatentSpec model) {
        List<Integer> all = IntStream.range(0, model.modalities()).boxed().toList();
        List<Subset> subsets = new ArrayList<>();
        for (int m : all) subsets.add(new Subset(List.of(m), 1, all));
        if (all.size() > 1) subsets.add(new Subset(all, 1, all));
        return new LatentSpec(model.shared(), model.privates(), subsets, model.poeEpsilon(), true);
    }

    /**
     * What the images of modality {@code m} are decoded from: subset 0 is m alone, which decodes every modality; where there
     * are others, subset 1 is all together, which decodes m.
     */
    static LatentSpec of(LatentSpec model, int m) {
        List<Integer> all = IntStream.range(0, model.modalities()).boxed().toList();
        List<Subset> subsets = new ArrayList<>(List.of(new Subset(List.of(m), 1, all)));
        if (all.size() > 1) subsets.add(new Subset(all, 1, List.of(m)));
        return new LatentSpec(model.shared(), model.privates(), subsets, model.poeEpsilon(), true);
    }

    /** The posterior of modality {@code m} alone, which decodes every modality. */
    static LatentSpec alone(LatentSpec model, int m) {
        List<Integer> all = IntStream.range(0, model.modalities()).boxed().toList();
        List<Subset> subsets = List.of(new Subset(List.of(m), 1, all));
        return new LatentSpec(model.shared(), model.privates(), subsets, model.poeEpsilon(), true);
    }

    /** The joint posterior, or that of the only modality, which decodes every modality. */
    static LatentSpec together(LatentSpec model) {
        List<Integer> all = IntStream.range(0, model.modalities()).boxed().toList();
        List<Subset> subsets = List.of(new Subset(all, 1, all));
        return new LatentSpec(model.shared(), model.privates(), subsets, model.poeEpsilon(), true);
    }

    /** Index of the joint posterior among the subsets of {@link #of}. */
    static int joint(LatentSpec posteriors) {
        return posteriors.subsets().size() - 1;
    }

    /** Name of each posterior, e.g. {@code mnist}, {@code svhn}, {@code mnist+svhn}. */
    static List<String> names(JointVae vae, LatentSpec posteriors) {
        List<String> modalities = modalities(vae);
        return posteriors.subsets().stream()
                .map(subset -> Elbo.subsetName(subset, modalities))
                .toList();
    }

    static List<String> modalities(JointVae vae) {
        return vae.spec().modalities().stream().map(ModalitySpec::name).toList();
    }
}
