package dev.duet.backend;

import dev.duet.tensor.Shape;

/**
 * One named parameter of a layer. The layer tells a backend in which order of its own to keep the elements.
 *
 * @param name e.g. {@code encoder.mnist.0.weight}; names the tensor in checkpoints
 * @param layer the layer that it belongs to
 * @param role weight or bias
 */
public record ParameterSpec(String name, LayerSpec layer, Role role) {
    public enum Role {
        WEIGHT,
        BIAS
    }

    /** Canonical shape, as in checkpoints. */
    public Shape shape() {
        return role == Role.WEIGHT ? layer.weightShape() : layer.biasShape();
    }
}
