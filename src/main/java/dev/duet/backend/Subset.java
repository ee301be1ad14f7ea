package dev.duet.backend;

import java.util.List;

/**
 * A subset S of the modalities whose experts are multiplied to one posterior q_S, and what is decoded from it. Without members
 * q_S is the prior N(0, I): its sample is the noise, its KL 0, and no head gets a gradient from it.
 *
 * @param members indices of the modalities whose experts enter the product, ascending
 * @param weight a_S in the objective
 * @param decodes indices of the modalities that are decoded from q_S's sample, ascending
 * @param cycles indices of the modalities that are decoded from it once more, ascending, with another private code ({@link
 *     LatentSpec#cyclePrivate}) and without a likelihood: translations to look at again
 * @param jointKl j_S, weight of KL(joint posterior ‖ q_S), which pulls the two together; 0 for none
 */
public record Subset(
        List<Integer> members, double weight, List<Integer> decodes, List<Integer> cycles, double jointKl) {
    public Subset {
        members = List.copyOf(members);
        decodes = List.copyOf(decodes);
        cycles = List.copyOf(cycles);
    }

    /** Without a joint KL. */
    public Subset(List<Integer> members, double weight, List<Integer> decodes, List<Integer> cycles) {
        this(members, weight, decodes, cycles, 0);
    }

    /** Without cycles and joint KL. */
    public Subset(List<Integer> members, double weight, List<Integer> decodes) {
        this(members, weight, decodes, List.of());
    }
}
