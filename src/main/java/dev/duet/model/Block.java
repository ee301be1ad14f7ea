package dev.duet.model;

import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;
import java.util.List;

/** What a network is a list of: a layer, or several that belong together. */
public sealed interface Block permits Layer, Residual {
    /**
     * A layer of a block.
     *
     * @param name of its parameters within the block, such as {@code .conv1}; empty where the block is that layer
     */
    record Part(String name, LayerSpec spec) {}

    /** Its layers, in the order of their parameters. */
    List<Part> parts();

    /** Output shape (C, H, W) for an input of shape (C, H, W). */
    Shape output(Shape input);

    /** Makes its ops on {@code x} and returns what they write; {@code name} begins the names of its tensors. */
    Variable make(ChainBuilder builder, String name, Variable x);
}
