package dev.duet.model;

import dev.duet.backend.LikelihoodSpec;
import dev.duet.tensor.Shape;

/**
 * One image domain of the joint model.
 *
 * @param name names it in configs, checkpoints and figures
 * @param channels C, 1 or 3
 * @param size H = W, pixels
 * @param likelihood p(x|z)
 * @param weight λ, factor of its negative log-likelihood in the objective
 * @param privateDim W, dimensions of its private code, 0 for none
 */
public record ModalitySpec(
        String name, int channels, int size, LikelihoodSpec likelihood, double weight, int privateDim) {
    /** (C, H, W). */
    public Shape image() {
        return Shape.of(channels, size, size);
    }
}
