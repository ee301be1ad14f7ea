package dev.duet.model;

import dev.duet.backend.AugmentSpec;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.tensor.Shape;
import java.util.List;

/**
 * One image domain of the joint model.
 *
 * @param name names it in configs, checkpoints and figures
 * @param channels C, 1 or 3
 * @param size H = W, pixels
 * @param likelihood p(x|z)
 * @param weight λ, factor of its negative log-likelihood in the objective
 * @param privateDim W, dimensions of its private code, 0 for none
 * @param encoder layers, see {@link Layers}, of the encoder without its head; none: by the model's widths
 * @param privateEncoder layers of an encoder of its own for the private code; none: one encoder for both codes
 * @param decoder layers of the decoder without its last one; none: by the model's widths
 * @param augment how the encoder of the shared code sees images in stages that augment
 * @param perturb how it sees decoded images in the cycle term
 */
public record ModalitySpec(
        String name,
        int channels,
        int size,
        LikelihoodSpec likelihood,
        double weight,
        int privateDim,
        List<String> encoder,
        List<String> privateEncoder,
        List<String> decoder,
        AugmentSpec augment,
        AugmentSpec perturb) {
    public ModalitySpec {
        encoder = List.copyOf(encoder);
        privateEncoder = List.copyOf(privateEncoder);
        decoder = List.copyOf(decoder);
    }

    /** Networks by the model's widths. */
    public ModalitySpec(String name, int channels, int size, LikelihoodSpec likelihood, double weight, int privateDim) {
        this(
                name,
                channels,
                size,
                likelihood,
                weight,
                privateDim,
                List.of(),
                List.of(),
                List.of(),
                AugmentSpec.NONE,
                AugmentSpec.NONE);
    }

    /** (C, H, W). */
    public Shape image() {
        return Shape.of(channels, size, size);
    }
}
