package dev.duet.model;

import java.util.List;

/**
 * The joint model.
 *
 * @param modalities at least one, names distinct
 * @param shared Z, dimensions of the shared code s
 * @param widths channels of the encoder's stages; the decoder mirrors them
 */
public record ModelSpec(List<ModalitySpec> modalities, int shared, List<Integer> widths) {
    public ModelSpec {
        modalities = List.copyOf(modalities);
        widths = List.copyOf(widths);
    }
}
