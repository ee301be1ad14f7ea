package dev.duet.model;

import dev.duet.backend.Activation;
import dev.duet.backend.LayerSpec.Conv2d;
import dev.duet.backend.LayerSpec.Norm;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;
import java.util.List;

/**
 * A residual block (He et al. 2016) with group normalisation: y = relu(x + f(x)), f two convolutions 3×3, each normalised, with
 * ReLU between them. It keeps channels and pixels.
 *
 * @param channels C
 * @param groups of both normalisations
 */
public record Residual(int channels, int groups) implements Block {
    @Override
    public List<Part> parts() {
        Conv2d conv = new Conv2d(channels, channels, 3, 1, 1, Activation.NONE);
        return List.of(
                new Part(".conv1", conv),
                new Part(".norm1", new Norm(channels, groups, true, Activation.RELU)),
                new Part(".conv2", conv),
                new Part(".norm2", new Norm(channels, groups, true, Activation.NONE)));
    }

    @Override
    public Shape output(Shape input) {
        return input;
    }

    @Override
    public Variable make(ChainBuilder builder, String name, Variable x) {
        List<Variable> readers = builder.fork(name + ".x", x, 2);
        Variable h = readers.get(0);
        for (Part part : parts()) h = builder.layer(name + part.name(), part.spec(), h);
        return builder.add(name, h, readers.get(1), Activation.RELU);
    }
}
