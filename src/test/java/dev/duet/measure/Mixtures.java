package dev.duet.measure;

import dev.duet.tensor.Philox;

/** Known mixtures and their samples, for tests. */
public final class Mixtures {
    private Mixtures() {}

    /** Two narrow, tilted Gaussians in the plane, weights 0.3 and 0.7. */
    static GaussianMixture tilted() {
        return new GaussianMixture(new double[] {0.3, 0.7}, new double[][] {{-2, 0}, {2, 1}}, new double[][][] {
            {{0.5, 0}, {0.4, 0.3}}, {{0.8, 0}, {-0.5, 0.2}}
        });
    }

    /** {@code k} Gaussians of random means (standard deviation 2) and random lower factors in {@code z} dimensions. */
    public static GaussianMixture random(int k, int z, long seed) {
        Philox.Sequence random = new Philox.Sequence(seed, Philox.Stream.SYNTHETIC, 0);
        double[] weights = new double[k];
        double[][] means = new double[k][z];
        double[][][] factors = new double[k][z][z];
        double total = 0;
        for (int c = 0; c < k; c++) {
            weights[c] = 0.5 + random.nextDouble();
            total += weights[c];
            for (int i = 0; i < z; i++) {
                means[c][i] = 2 * random.nextGaussian();
                for (int j = 0; j < i; j++) factors[c][i][j] = 0.3 * random.nextGaussian();
                factors[c][i][i] = 0.3 + random.nextDouble();
            }
        }
        for (int c = 0; c < k; c++) weights[c] /= total;
        return new GaussianMixture(weights, means, factors);
    }

    static Points sample(GaussianMixture mixture, int count, long seed) {
        return Points.of(mixture.sample(seed, 0, count, 1), count, mixture.width());
    }
}
