package golden;

import java.util.List;

/**
 * One golden step: a model, its objective and a batch.
 *
 * @param widths channels of the encoder's stages
 * @param latent Z, dimensions of the shared code
 * @param batch rows
 * @param subsets whose experts are multiplied; each decodes all modalities
 * @param beta weight of the shared KL
 * @param betaPrivate weight of the private codes' KL
 */
record Case(
        String name,
        long seed,
        int[] widths,
        int latent,
        int batch,
        List<Modality> modalities,
        List<Subset> subsets,
        double beta,
        double betaPrivate) {
    enum Likelihood {
        BERNOULLI,
        SQUARED_ERROR,
        LAPLACE
    }

    /**
     * @param size height and width, pixels
     * @param lambda factor of its negative log-likelihood
     * @param privateDim W, dimensions of its private code
     */
    record Modality(String name, int channels, int size, Likelihood likelihood, double lambda, int privateDim) {}

    record Subset(int[] members, double weight) {}

    private static final Subset MNIST = new Subset(new int[] {0}, 1 / 3.0);
    private static final Subset SVHN = new Subset(new int[] {1}, 1 / 3.0);
    private static final Subset BOTH = new Subset(new int[] {0, 1}, 1 / 3.0);

    /** The lab's step, narrow. */
    static Case lab() {
        return new Case(
                "lab",
                11,
                new int[] {4, 6, 8},
                6,
                3,
                List.of(
                        new Modality("mnist", 1, 32, Likelihood.BERNOULLI, 1, 0),
                        new Modality("svhn", 3, 32, Likelihood.SQUARED_ERROR, 1, 0)),
                List.of(new Subset(new int[] {0, 1}, 1)),
                1,
                1);
    }

    /** Preset cross: every subset decodes both. */
    static Case cross() {
        return new Case(
                "cross",
                12,
                new int[] {2, 3, 4},
                6,
                3,
                List.of(
                        new Modality("mnist", 1, 32, Likelihood.BERNOULLI, 1, 0),
                        new Modality("svhn", 3, 32, Likelihood.SQUARED_ERROR, 1, 0)),
                List.of(MNIST, SVHN, BOTH),
                1,
                1);
    }

    /** Private codes from the posterior, Laplace likelihoods, a 28-pixel domain, and no weight equal to another. */
    static Case privateCodes() {
        return new Case(
                "private",
                13,
                new int[] {3, 2, 3},
                3,
                3,
                List.of(
                        new Modality("mnist", 1, 28, Likelihood.LAPLACE, 4, 2),
                        new Modality("svhn", 3, 32, Likelihood.LAPLACE, 1, 2)),
                List.of(
                        new Subset(new int[] {0}, 0.5),
                        new Subset(new int[] {1}, 0.25),
                        new Subset(new int[] {0, 1}, 0.375)),
                0.5,
                2);
    }
}
