package dev.duet.objective;

import dev.duet.backend.LatentSpec;
import dev.duet.backend.Subset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The objective (docs/design.md, E8):
 *
 * <pre>
 * loss = Σ_S a_S [ Σ_t λ_t·nll_t(S) + β·KL(q_S ‖ N(0, I)) ] + β_w Σ_m KL(q(w_m|x_m) ‖ N(0, I))
 *        + β Σ_S j_S KL(q_joint ‖ q_S)
 *        + γ Σ_{m&lt;t} contrast(m, t) + κ Σ_{S,t} cycle_t(S)
 * </pre>
 *
 * <p>The ops write unweighted sums over their rows into one vector of terms: first what {@link LatentSpec#terms()} says, then
 * for each modality t the nll of each of its blocks, then, if there are any, the contrasts of all pairs of modalities and for
 * each modality t its cycle blocks. This class knows which term is which.
 */
public final class Elbo {
    /** What the subset without members is called. */
    public static final String PRIOR = "prior";

    private final LatentSpec latent;
    private final int subsets; // |𝒮|
    private final int[] firstNll; // (M) first nll term of each modality
    private final int firstContrast;
    private final int[] firstCycle; // (M) first cycle term of each modality
    private final Alignment alignment;
    private final List<String> names = new ArrayList<>(); // (K)
    private final double[] weights; // (K) of each term in the loss, but for β and β_w

    /**
     * The ELBO alone.
     *
     * @param modalities names of the M modalities
     * @param lambda (M) weights of the negative log-likelihoods
     */
    public Elbo(LatentSpec latent, List<String> modalities, double[] lambda) {
        this(latent, modalities, lambda, Alignment.NONE);
    }

    /** @param alignment what is added to the ELBO */
    public Elbo(LatentSpec latent, List<String> modalities, double[] lambda, Alignment alignment) {
        this.latent = latent;
        this.alignment = alignment;
        subsets = latent.subsets().size();
        int count = modalities.size();
        firstNll = new int[count];
        firstCycle = new int[count];
        List<Double> weightOf = new ArrayList<>();
        for (Subset subset : latent.subsets()) {
            names.add("kl/" + subsetName(subset, modalities));
            weightOf.add(subset.weight());
        }
        for (String modality : modalities) {
            names.add("kl_private/" + modality);
            weightOf.add(1.0);
        }
        for (int s : latent.jointKls()) {
            Subset subset = latent.subsets().get(s);
            names.add("kl_joint/" + subsetName(subset, modalities));
            weightOf.add(subset.jointKl());
        }
        for (int t = 0; t < count; t++) {
            firstNll[t] = names.size();
            for (int s : latent.blocks(t)) {
                Subset subset = latent.subsets().get(s);
                names.add("nll/" + modalities.get(t) + "|" + subsetName(subset, modalities));
                weightOf.add(subset.weight() * lambda[t]);
            }
        }
        firstContrast = names.size();
        for (int m = 0; m < count && alignment.contrasts(); m++) {
            for (int t = m + 1; t < count; t++) {
                names.add("contrast/" + modalities.get(m) + "+" + modalities.get(t));
                weightOf.add(alignment.contrast());
            }
        }
        for (int t = 0; t < count; t++) {
            firstCycle[t] = names.size();
            for (int s : latent.cycleBlocks(t)) {
                names.add("cycle/" + modalities.get(t) + "|"
                        + subsetName(latent.subsets().get(s), modalities));
                weightOf.add(alignment.cycle());
            }
        }
        weights = weightOf.stream().mapToDouble(Double::doubleValue).toArray();
    }

    public LatentSpec latent() {
        return latent;
    }

    /** Members joined by "+", e.g. {@code mnist+svhn}; {@link #PRIOR} for none. */
    public static String subsetName(Subset subset, List<String> modalities) {
        if (subset.members().isEmpty()) return PRIOR;
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

    /** Whether term {@code k} is part of the loss at all. */
    public boolean counts(int k) {
        return weights[k] > 0;
    }

    /** Index of the first nll term of modality {@code t}; its blocks follow each other. */
    public int firstNll(int t) {
        return firstNll[t];
    }

    /** a_S·λ_t of each block of modality {@code t}. */
    public double[] blockWeights(int t) {
        return Arrays.copyOfRange(weights, firstNll[t], endNll(t));
    }

    private int endNll(int t) {
        return t + 1 < firstNll.length ? firstNll[t + 1] : firstContrast;
    }

    /** γ and κ. */
    public Alignment alignment() {
        return alignment;
    }

    /** Index of the first contrast term; those of the pairs (0, 1), (0, 2) … (1, 2) … follow each other. */
    public int firstContrast() {
        return firstContrast;
    }

    /** Index of the first cycle term of modality {@code t}; its cycle blocks follow each other. */
    public int firstCycle(int t) {
        return firstCycle[t];
    }

    /** Σ_S a_S Σ_t λ_t nll_t(S), in the unit of {@code terms}. */
    public double reconstruction(double[] terms) {
        return weighted(terms, firstNll[0], firstContrast);
    }

    /** Modality {@code t}'s part of {@link #reconstruction}. */
    public double reconstruction(double[] terms, int t) {
        return weighted(terms, firstNll[t], endNll(t));
    }

    /** Σ_S a_S KL_S + Σ_S j_S KL(q_joint ‖ q_S), in the unit of {@code terms}. */
    public double sharedKl(double[] terms) {
        return weighted(terms, 0, subsets) + weighted(terms, firstJointKl(), firstNll[0]);
    }

    /** Σ_m KL_w, in the unit of {@code terms}. */
    public double privateKl(double[] terms) {
        return weighted(terms, subsets, firstJointKl());
    }

    private int firstJointKl() {
        return subsets + latent.modalities();
    }

    /** What is added to the ELBO: γ Σ contrast + κ Σ cycle. */
    public double aligning(double[] terms) {
        return weighted(terms, firstContrast, terms.length);
    }

    private double weighted(double[] terms, int from, int to) {
        double sum = 0;
        for (int k = from; k < to; k++) sum += weights[k] * terms[k];
        return sum;
    }

    /** The loss under the given β and β_w, in the unit of {@code terms}. */
    public double loss(double[] terms, double beta, double betaPrivate) {
        return reconstruction(terms) + beta * sharedKl(terms) + betaPrivate * privateKl(terms) + aligning(terms);
    }
}
