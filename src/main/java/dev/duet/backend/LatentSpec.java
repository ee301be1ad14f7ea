package dev.duet.backend;

import dev.duet.DuetException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The latent part of the model between encoders and decoders: product of experts for each subset, reparameterised samples,
 * private codes, and the KL terms.
 *
 * <p>Head of modality m, (B, 2Z + 2W_m): mu (Z), logVar (Z), private mu (W_m), private logVar (W_m). Code of modality t,
 * ((n_t + c_t)·B, Z + W_t): block i, rows [i·B, (i+1)·B), holds for the i-th subset that decodes t the sample s, then w_t; the last
 * c_t blocks do so for the subsets that cycle t, with w_t from {@code cyclePrivate}.
 *
 * @param shared Z, dimensions of the shared code s
 * @param privates W_m, dimensions of each modality's private code, 0 for none
 * @param subsets the set 𝒮
 * @param poeEpsilon added to each expert's variance (the lab: 1e-8); elsewhere 0
 * @param crossPrivateFromPrior whether w_t of a subset that lacks t is drawn from N(0, I) rather than from q(w_t|x_t)
 * @param cyclePrivate where w_t of the cycle blocks comes from
 */
public record LatentSpec(
        int shared,
        List<Integer> privates,
        List<Subset> subsets,
        double poeEpsilon,
        boolean crossPrivateFromPrior,
        PrivateSource cyclePrivate) {
    public LatentSpec {
        privates = List.copyOf(privates);
        subsets = List.copyOf(subsets);
        if (jointKls(subsets).length > 0 && joint(subsets, privates.size()) < 0) {
            throw new DuetException("joint KL: expected a subset of all " + privates.size()
                    + " modalities, got none; add it, or set every subset's joint KL to 0");
        }
    }

    /** With cycles, if any, from N(0, I). */
    public LatentSpec(
            int shared,
            List<Integer> privates,
            List<Subset> subsets,
            double poeEpsilon,
            boolean crossPrivateFromPrior) {
        this(shared, privates, subsets, poeEpsilon, crossPrivateFromPrior, PrivateSource.PRIOR);
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

    /** Indices of the subsets that cycle modality {@code t}, in order; its length is c_t. */
    public int[] cycleBlocks(int t) {
        return IntStream.range(0, subsets.size())
                .filter(s -> subsets.get(s).cycles().contains(t))
                .toArray();
    }

    /** Index of the subset of all modalities, -1 for none. */
    public int joint() {
        return joint(subsets, modalities());
    }

    private static int joint(List<Subset> subsets, int modalities) {
        return IntStream.range(0, subsets.size())
                .filter(s -> subsets.get(s).members().size() == modalities)
                .findFirst()
                .orElse(-1);
    }

    /** Indices of the subsets towards whose posteriors the joint one has a KL term, in order. */
    public int[] jointKls() {
        return jointKls(subsets);
    }

    private static int[] jointKls(List<Subset> subsets) {
        return IntStream.range(0, subsets.size())
                .filter(s -> subsets.get(s).jointKl() > 0)
                .toArray();
    }

    /** The same, but that no subset cycles any modality. */
    public LatentSpec withoutCycles() {
        List<Subset> plain = subsets.stream()
                .map(subset ->
                        new Subset(subset.members(), subset.weight(), subset.decodes(), List.of(), subset.jointKl()))
                .toList();
        return new LatentSpec(shared, privates, plain, poeEpsilon, crossPrivateFromPrior, cyclePrivate);
    }

    /** Subset of each block of modality {@code t}'s code: {@link #blocks}, then {@link #cycleBlocks}. */
    public int[] codeBlocks(int t) {
        return IntStream.concat(IntStream.of(blocks(t)), IntStream.of(cycleBlocks(t)))
                .toArray();
    }

    /** Where block {@code i} of modality {@code t}'s code has its private code from. */
    public PrivateSource privateSource(int t, int i) {
        int[] decoded = blocks(t);
        if (i >= decoded.length) return cyclePrivate;
        boolean own = subsets.get(decoded[i]).members().contains(t) || !crossPrivateFromPrior;
        return own ? PrivateSource.POSTERIOR : PrivateSource.PRIOR;
    }

    /**
     * Columns R of the noise (B, R): Z for each subset in order, then for each modality t and each of its n_t blocks W_t, then
     * likewise for each of its c_t blocks.
     */
    public int noiseColumns() {
        return firstCycleNoise(modalities());
    }

    /** First noise column of block {@code i} of modality {@code t}'s private code. */
    public int privateNoiseColumn(int t, int i) {
        int decoded = blocks(t).length;
        int first = i < decoded ? firstNoise(t) : firstCycleNoise(t);
        return first + (i < decoded ? i : i - decoded) * privates.get(t);
    }

    /** Of modality {@code t}'s decode blocks; for {@code t == modalities()} the end of all. */
    private int firstNoise(int t) {
        int column = subsets.size() * shared;
        for (int m = 0; m < t; m++) column += blocks(m).length * privates.get(m);
        return column;
    }

    /** Of modality {@code t}'s cycle blocks, likewise. */
    private int firstCycleNoise(int t) {
        int column = firstNoise(modalities());
        for (int m = 0; m < t; m++) column += cycleBlocks(m).length * privates.get(m);
        return column;
    }

    /**
     * Terms that the op writes: KL(q_S ‖ N(0, I)) of each subset, then KL(q(w_m|x_m) ‖ N(0, I)) of each modality, then KL(joint
     * posterior ‖ q_S) of the {@link #jointKls}.
     */
    public int terms() {
        return subsets.size() + modalities() + jointKls().length;
    }
}
