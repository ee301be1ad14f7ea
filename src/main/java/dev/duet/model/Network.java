package dev.duet.model;

import dev.duet.backend.Activation;
import dev.duet.backend.Backend;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.ParameterBuffer;
import dev.duet.backend.ParameterSpec;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;
import java.util.ArrayList;
import java.util.List;

/**
 * A list of layers, each feeding the next, with named parameters: {@code <name>.<layer>.weight} and {@code .bias}.
 *
 * @param name e.g. {@code encoder.mnist}
 * @param input (C, H, W) of the first layer's input
 * @param layers in order
 * @param firstParameter index of the first layer's weight in the model's parameter buffer
 */
public record Network(String name, Shape input, List<LayerSpec> layers, int firstParameter) {
    private static final int KERNEL = 4;

    /**
     * Stages that halve the image (4×4, stride 2, padding 1, ReLU) or, where its side is odd, keep it (3×3, stride 1), then
     * one matrix to {@code columns} features. At 32×32 with widths 32-64-128 this is the lab's encoder, its two heads side by
     * side in one matrix.
     */
    public static Network encoder(String name, Shape image, List<Integer> widths, int columns, int firstParameter) {
        List<LayerSpec> layers = new ArrayList<>();
        Shape shape = image;
        for (int width : widths) {
            layers.add(
                    halves(shape)
                            ? new LayerSpec.Conv2d(shape.get(0), width, KERNEL, 2, 1, Activation.RELU)
                            : new LayerSpec.Conv2d(shape.get(0), width, 3, 1, 1, Activation.RELU));
            shape = layers.get(layers.size() - 1).output(shape);
        }
        layers.add(new LayerSpec.Linear(shape, Shape.of(columns, 1, 1), Activation.NONE));
        return new Network(name, image, List.copyOf(layers), firstParameter);
    }

    /** The encoder's stages mirrored: one matrix from {@code columns} features (no activation), then transposed convolutions; logits last. */
    public static Network decoder(String name, Shape image, List<Integer> widths, int columns, int firstParameter) {
        List<LayerSpec> layers = new ArrayList<>();
        Shape shape = image;
        for (int stage = 0; stage < widths.size(); stage++) {
            int width = widths.get(stage);
            Activation activation = stage == 0 ? Activation.NONE : Activation.RELU;
            int side = halves(shape) ? shape.get(1) / 2 : shape.get(1);
            layers.add(
                    0,
                    halves(shape)
                            ? new LayerSpec.ConvTranspose2d(width, shape.get(0), KERNEL, 2, 1, activation)
                            : new LayerSpec.ConvTranspose2d(width, shape.get(0), 3, 1, 1, activation));
            shape = Shape.of(width, side, side);
        }
        Shape code = Shape.of(columns, 1, 1);
        layers.add(0, new LayerSpec.Linear(code, shape, Activation.NONE));
        return new Network(name, code, List.copyOf(layers), firstParameter);
    }

    private static boolean halves(Shape image) {
        return image.get(1) % 2 == 0;
    }

    /** Two per layer, weight before bias. */
    public List<ParameterSpec> parameters() {
        List<ParameterSpec> specs = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            specs.add(new ParameterSpec(name + "." + i + ".weight", layers.get(i), ParameterSpec.Role.WEIGHT));
            specs.add(new ParameterSpec(name + "." + i + ".bias", layers.get(i), ParameterSpec.Role.BIAS));
        }
        return specs;
    }

    public Variable weight(ParameterBuffer parameters, int layer, int shard) {
        return parameters.variable(firstParameter + 2 * layer, shard);
    }

    public Variable bias(ParameterBuffer parameters, int layer, int shard) {
        return parameters.variable(firstParameter + 2 * layer + 1, shard);
    }

    /**
     * Ops for the first {@code count} layers on {@code x} (B, …), with activations of their own.
     *
     * @param training whether the activations get gradients
     */
    public Chain chain(
            Backend backend, ParameterBuffer parameters, int shard, Variable x, int count, boolean training) {
        int batch = x.shape().get(0);
        List<Chain.Link> links = new ArrayList<>();
        Variable in = x;
        Shape shape = input;
        for (int i = 0; i < count; i++) {
            shape = layers.get(i).output(shape);
            Shape batched = shape.get(1) * shape.get(2) == 1 ? Shape.of(batch, shape.get(0)) : shape.batched(batch);
            Variable out = backend.variable(name + "." + i + ".y", batched, training);
            links.add(new Chain.Link(
                    backend.layer(layers.get(i), in, weight(parameters, i, shard), bias(parameters, i, shard), out),
                    out));
            in = out;
        }
        return new Chain(links);
    }

    /** All layers. */
    public Chain chain(Backend backend, ParameterBuffer parameters, int shard, Variable x, boolean training) {
        return chain(backend, parameters, shard, x, layers.size(), training);
    }
}
