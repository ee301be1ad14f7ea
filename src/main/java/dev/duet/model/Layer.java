package dev.duet.model;

import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;
import java.util.List;

/** A block of one layer. */
public record Layer(LayerSpec spec) implements Block {
    @Override
    public List<Part> parts() {
        return List.of(new Part("", spec));
    }

    @Override
    public Shape output(Shape input) {
        return spec.output(input);
    }

    @Override
    public Variable make(ChainBuilder builder, String name, Variable x) {
        return builder.layer(name, spec, x);
    }
}
