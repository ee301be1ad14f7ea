package dev.duet.eval;

import dev.duet.measure.GaussianMixture;
import java.util.Map;

/**
 * A run's sampler: mixtures fitted to the codes of its training images.
 *
 * @param shared of s
 * @param privates of s and w together of each modality that has a w, by its index
 */
public record CodeMixtures(GaussianMixture shared, Map<Integer, GaussianMixture> privates) {
    public CodeMixtures {
        privates = Map.copyOf(privates);
    }
}
