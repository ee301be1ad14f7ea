package dev.duet.objective;

import dev.duet.backend.LatentSpec;
import dev.duet.backend.Subset;
import java.util.ArrayList;
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
    private final double[] lambda; // (M)
    private final int[] firstNll; // (M) first nll term of each modality
    private final List<String> names = new ArrayList<>();

    /**
     * @param modalities names of the M modalities
     * @param lambda (M) weights of the negative log-likelihoods
     */
    public Elbo(LatentSpec latent, List<String> modalities, double[] lambda) {
        this.latent = latent;
        this.lambda = lambda.clone();
        firstNll = new int[lambda.length];
        for (Subset subset : latent.subsets()) names.add("kl/" + subsetName(subset, modalities));
        for (String modality : modalities) names.add("kl_private/" + modality);
        for (int t = 0; t < lambda.length; t++) {
            firstNll[t] = names.size();
            for (int s : latent.blocks(t))
                names.add("nll/" + modalities.get(t) + "|"
                        + subsetName(latent.subsets().get(s), modalities));
        }
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
        int[] blocks = latent.blocks(t);
        double[] weights = new double[blocks.length];
        for (int i = 0; i < blocks.length; i++)
            weights[i] = latent.subsets().get(blocks[i]).weight() * lambda[t];
        return weights;
    }

    /** Σ_S a_S Σ_t λ_t nll_t(S), in the unit of {@code terms}. */
    public double reconstruction(double[] terms) {
        double sum = 0;
        for (int t = 0; t < lambda.length; t++) {
            int[] blocks = latent.blocks(t);
            for (int i = 0; i < blocks.length; i++)
                sum += latent.subsets().get(blocks[i]).weight() * lambda[t] * terms[firstNll[t] + i];
        }
        return sum;
    }

    /** Σ_S a_S KL_S, in the unit of {@code terms}. */
    public double sharedKl(double[] terms) {
        double sum = 0;
        for (int s = 0; s < latent.subsets().size(); s++)
            sum += latent.subsets().get(s).weight() * terms[s];
        return sum;
    }

    /** Σ_m KL_w, in the unit of {@code terms}. */
    public double privateKl(double[] terms) {
        double sum = 0;
        for (int m = 0; m < latent.modalities(); m++)
            sum += terms[latent.subsets().size() + m];
        return sum;
    }

    /** The loss under the given β and β_w, in the unit of {@code terms}. */
    public double loss(double[] terms, double beta, double betaPrivate) {
        return reconstruction(terms) + beta * sharedKl(terms) + betaPrivate * privateKl(terms);
    }
}
