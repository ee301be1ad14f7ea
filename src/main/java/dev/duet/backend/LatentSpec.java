package dev.duet.backend;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The latent part of the model between encoders and decoders: product of experts for each subset, reparameterised samples,
 * private codes, and the KL terms.
 *
 * <p>Head of modality m, (B, 2Z + 2W_m): mu (Z), logVar (Z), private mu (W_m), private logVar (W_m). Code of modality t,
 * (n_t·B, Z + W_t): block i, rows [i·B, (i+1)·B), holds for the i-th subset that decodes t the sample s, then w_t.
 *
 * @param shared Z, dimensions of the shared code s
 * @param privates W_m, dimensions of each modality's private code, 0 for none
 * @param subsets the set 𝒮
 * @param poeEpsilon added to each expert's variance (the lab: 1e-8); elsewhere 0
 * @param crossPrivateFromPrior whether w_t of a subset that lacks t is drawn from N(0, I) rather than from q(w_t|x_t)
 */
public record LatentSpec(
        int shared, List<Integer> privates, List<Subset> subsets, double poeEpsilon, boolean crossPrivateFromPrior) {
    public LatentSpec {
        privates = List.copyOf(privates);
        subsets = List.copyOf(subsets);
    }

    /** M. */
    public int modalities() {
        return privates.size();
    }

    /** Columns of the head of modality {@code m}: 2Z + 2W_m. */
    public int headColumns(int m) {
        return 2 * shared + 2 * privates.get(m);
    }

    /** Columns of the code of modality {@code t}: Z + W_t. */
    public int codeColumns(int t) {
        return shared + privates.get(t);
    }

    /** Indices of the subsets that decode modality {@code t}, in order; its length is n_t. */
    public int[] blocks(int t) {
        return IntStream.range(0, subsets.size())
                .filter(s -> subsets.get(s).decodes().contains(t))
                .toArray();
    }

    /**
     * Columns R of the noise (B, R): Z for each subset in order, then for each modality t and each of its n_t blocks W_t.
     */
    public int noiseColumns() {
        int columns = subsets.size() * shared;
        for (int t = 0; t < modalities(); t++) columns += blocks(t).length * privates.get(t);
        return columns;
    }

    /** First noise column of block {@code i} of modality {@code t}'s private code. */
    public int privateNoiseColumn(int t, int i) {
        int column = subsets.size() * shared + i * privates.get(t);
        for (int m = 0; m < t; m++) column += blocks(m).length * privates.get(m);
        return column;
    }

    /** Terms that the op writes: KL(q_S ‖ N(0, I)) of each subset, then KL(q(w_m|x_m) ‖ N(0, I)) of each modality. */
    public int terms() {
        return subsets.size() + modalities();
    }
}
