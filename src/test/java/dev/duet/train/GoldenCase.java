package dev.duet.train;

import dev.duet.backend.LatentSpec;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.backend.LikelihoodSpec.Kind;
import dev.duet.backend.Subset;
import dev.duet.model.ModalitySpec;
import dev.duet.model.ModelSpec;
import java.util.List;

/**
 * The models of the golden steps, in our terms; tools/golden says the same in libtorch's.
 *
 * @param updates steps of Adam, all on the same batch, that lead to the golden parameters
 */
record GoldenCase(
        String name, ModelSpec model, LatentSpec latent, int batch, float beta, float betaPrivate, int updates) {
    private static final List<Integer> BOTH = List.of(0, 1);

    /** The lab's model with other widths, shared dimensions and batch; no epsilon in its product of experts. */
    static GoldenCase lab(List<Integer> widths, int shared, int batch, int updates) {
        ModelSpec model = new ModelSpec(
                List.of(modality("mnist", 1, 32, Kind.BERNOULLI, 1, 0), modality("svhn", 3, 32, Kind.GAUSSIAN, 1, 0)),
                shared,
                widths);
        LatentSpec latent = new LatentSpec(shared, List.of(0, 0), List.of(new Subset(BOTH, 1, BOTH)), 0, false);
        return new GoldenCase("lab", model, latent, batch, 1, 1, updates);
    }

    static GoldenCase narrowLab() {
        return lab(List.of(4, 6, 8), 6, 3, 2);
    }

    static GoldenCase cross() {
        ModelSpec model = new ModelSpec(narrowLab().model().modalities(), 6, List.of(2, 3, 4));
        LatentSpec latent = new LatentSpec(6, List.of(0, 0), subsets(1 / 3.0, 1 / 3.0, 1 / 3.0), 0, false);
        return new GoldenCase("cross", model, latent, 3, 1, 1, 2);
    }

    static GoldenCase privateCodes() {
        ModelSpec model = new ModelSpec(
                List.of(modality("mnist", 1, 28, Kind.LAPLACE, 4, 2), modality("svhn", 3, 32, Kind.LAPLACE, 1, 2)),
                3,
                List.of(3, 2, 3));
        LatentSpec latent = new LatentSpec(3, List.of(2, 2), subsets(0.5, 0.25, 0.375), 0, false);
        return new GoldenCase("private", model, latent, 3, 0.5f, 2, 2);
    }

    private static List<Subset> subsets(double mnist, double svhn, double both) {
        return List.of(
                new Subset(List.of(0), mnist, BOTH), new Subset(List.of(1), svhn, BOTH), new Subset(BOTH, both, BOTH));
    }

    private static ModalitySpec modality(
            String name, int channels, int size, Kind kind, double lambda, int privateDim) {
        return new ModalitySpec(name, channels, size, LikelihoodSpec.of(kind), lambda, privateDim);
    }

    List<String> modalityNames() {
        return model.modalities().stream().map(ModalitySpec::name).toList();
    }

    /** λ of each modality. */
    double[] lambda() {
        return model.modalities().stream().mapToDouble(ModalitySpec::weight).toArray();
    }

    @Override
    public String toString() {
        return name;
    }
}
