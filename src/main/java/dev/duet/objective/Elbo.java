package dev.duet.objective;

import dev.duet.backend.LatentSpec;
import dev.duet.backend.Subset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The objective (docs/design.md, E8):
 *
 * <pre>loss = Σ_S a_S [ Σ_t λ_t·nll_t(S) + β·KL(q_S ‖ N(0, I)) ] + β_w Σ_m KL(q(w_m|x_m) ‖ N(0, I))</pre>
 *
 * <p>The ops write unweighted sums over their rows into one vector of terms: first what {@link LatentSpec#terms()} says, then
 * for each modality t the nll of each of its blocks. This class knows which term is which.
 */
public final class Elbo {
    private final LatentSpec latent;
    private final int subsets; // |𝒮|
    private final int[] firstNll; // (M) first nll term of each modality
    private final List<String> names = new ArrayList<>(); // (K)
    private final double[] weights; // (K) of each term in the loss, but for β and β_w

    /**
     * @param modalities names of the M modalities
     * @param lambda (M) weights of the negative log-likelihoods
     */
    public Elbo(LatentSpec latent, List<String> modalities, double[] lambda) {
        this.latent = latent;
        subsets = latent.subsets().size();
        firstNll = new int[lambda.length];
        List<Double> weightOf = new ArrayList<>();
        for (Subset subset : latent.subsets()) {
            names.add("kl/" + subsetName(subset, modalities));
            weightOf.add(subset.weight());
        }
        for (String modality : modalities) {
            names.add("kl_private/" + modality);
            weightOf.add(1.0);
        }
        for (int t = 0; t < lambda.length; t++) {
            firstNll[t] = names.size();
            for (int s : latent.blocks(t)) {
                Subset subset = latent.subsets().get(s);
                names.add("nll/" + modalities.get(t) + "|" + subsetName(subset, modalities));
                weightOf.add(subset.weight() * lambda[t]);
            }
        }
        weights = weightOf.stream().mapToDouble(Double::doubleValue).toArray();
    }

    public LatentSpec latent() {
        return latent;
    }

    /** Members joined by "+", e.g. {@code mnist+svhn}. */
    public static String subsetName(Subset subset, List<String> modalities) {
        return String.join("+", subset.members().stream().map(modalities::get).toList());
    }

    /** Length of the vector of terms. */
    public int terms() {
        return names.size();
    }

    /** Name of each term, e.g. {@code kl/mnist+svhn} or {@code nll/svhn|mnist} (SVHN decoded from the posterior of MNIST). */
    public List<String> names() {
        return List.copyOf(names);
    }

    /** Index of the first nll term of modality {@code t}; its blocks follow each other. */
    public int firstNll(int t) {
        return firstNll[t];
    }

    /** a_S·λ_t of each block of modality {@code t}. */
    public double[] blockWeights(int t) {
        int end = t + 1 < firstNll.length ? firstNll[t + 1] : weights.length;
        return Arrays.copyOfRange(weights, firstNll[t], end);
    }

    /** Σ_S a_S Σ_t λ_t nll_t(S), in the unit of {@code terms}. */
    public double reconstruction(double[] terms) {
        return weighted(terms, firstNll[0], names.size());
    }

    /** Modality {@code t}'s part of {@link #reconstruction}. */
    public double reconstruction(double[] terms, int t) {
        return weighted(terms, firstNll[t], t + 1 < firstNll.length ? firstNll[t + 1] : weights.length);
    }

    /** Σ_S a_S KL_S, in the unit of {@code terms}. */
    public double sharedKl(double[] terms) {
        return weighted(terms, 0, subsets);
    }

    /** Σ_m KL_w, in the unit of {@code terms}. */
    public double privateKl(double[] terms) {
        return weighted(terms, subsets, firstNll[0]);
    }

    private double weighted(double[] terms, int from, int to) {
        double sum = 0;
        for (int k = from; k < to; k++) sum += weights[k] * terms[k];
        return sum;
    }

    /** The loss under the given β and β_w, in the unit of {@code terms}. */
    public double loss(double[] terms, double beta, double betaPrivate) {
        return reconstruction(terms) + beta * sharedKl(terms) + betaPrivate * privateKl(terms);
    }
}
