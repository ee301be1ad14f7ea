package dev.duet.model;

import dev.duet.DuetException;
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
 * A list of blocks, each feeding the next, with named parameters: {@code <name>.<block>.weight} and {@code .bias} of a layer,
 * {@code <name>.<block>.conv1.weight} and so on of a residual block.
 *
 * @param name e.g. {@code encoder.mnist}
 * @param input (C, H, W) of the first block's input
 * @param blocks in order
 * @param firstParameter index of the first weight in the model's parameter buffer
 */
public record Network(String name, Shape input, List<Block> blocks, int firstParameter) {
    private static final int KERNEL = 4;

    public Network {
        blocks = List.copyOf(blocks);
    }

    /** A network of single layers. */
    public static Network of(String name, Shape input, List<LayerSpec> layers, int firstParameter) {
        return new Network(name, input, layers.stream().<Block>map(Layer::new).toList(), firstParameter);
    }

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
        return of(name, image, layers, firstParameter);
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
        return of(name, code, layers, firstParameter);
    }

    /**
     * The given layers, then one matrix to {@code columns} features.
     *
     * @param texts see {@link Layers}
     * @param firstDropout number of the first dropout among all of the model
     */
    public static Network encoder(
            String name, Shape image, List<String> texts, int columns, int firstParameter, int firstDropout) {
        List<Block> blocks = new ArrayList<>(parse(name, texts, image, firstDropout));
        Shape features = output(blocks, image);
        blocks.add(new Layer(new LayerSpec.Linear(features, Shape.of(columns, 1, 1), Activation.NONE)));
        return new Network(name, image, blocks, firstParameter);
    }

    /**
     * From {@code columns} features the given layers, then a transposed convolution, 4×4 of stride 2, to the logits.
     *
     * @param texts see {@link Layers}; they end in images of half the size
     * @param firstDropout number of the first dropout among all of the model
     */
    public static Network decoder(
            String name, Shape image, List<String> texts, int columns, int firstParameter, int firstDropout) {
        Shape code = Shape.of(columns, 1, 1);
        List<Block> blocks = new ArrayList<>(parse(name, texts, code, firstDropout));
        Shape last = output(blocks, code);
        LayerSpec logits = new LayerSpec.ConvTranspose2d(last.get(0), image.get(0), KERNEL, 2, 1, Activation.NONE);
        if (!logits.output(last).equals(image)) {
            throw new DuetException(name + ": expected layers that end in images of half the size of " + image
                    + " (channels,height,width), got " + last + "; the last layer, to the image, doubles them");
        }
        blocks.add(new Layer(logits));
        return new Network(name, code, blocks, firstParameter);
    }

    private static List<Block> parse(String name, List<String> texts, Shape input, int firstDropout) {
        try {
            return Layers.parse(texts, input, firstDropout);
        } catch (DuetException e) {
            throw new DuetException(name + ": " + e.getMessage(), e);
        }
    }

    private static boolean halves(Shape image) {
        return image.get(1) % 2 == 0;
    }

    /** All layers in order, those within blocks too; each makes its output's shape of the one before. */
    public List<LayerSpec> layers() {
        return blocks.stream()
                .flatMap(block -> block.parts().stream())
                .map(Block.Part::spec)
                .toList();
    }

    /** (C, H, W) of the last block's output. */
    public Shape output() {
        return output(blocks, input);
    }

    private static Shape output(List<Block> blocks, Shape input) {
        Shape shape = input;
        for (Block block : blocks) shape = block.output(shape);
        return shape;
    }

    /** Two per layer that has them, weight before bias. */
    public List<ParameterSpec> parameters() {
        List<ParameterSpec> specs = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            for (Block.Part part : blocks.get(i).parts()) {
                if (!part.spec().hasParameters()) continue;
                String layer = name + "." + i + part.name();
                specs.add(new ParameterSpec(layer + ".weight", part.spec(), ParameterSpec.Role.WEIGHT));
                specs.add(new ParameterSpec(layer + ".bias", part.spec(), ParameterSpec.Role.BIAS));
            }
        }
        return specs;
    }

    /** Of layer number {@code layer} of {@link #layers()}, which must have parameters. */
    public Variable weight(ParameterBuffer parameters, int layer, int shard) {
        return parameters.variable(parameter(layer), shard);
    }

    /** Likewise. */
    public Variable bias(ParameterBuffer parameters, int layer, int shard) {
        return parameters.variable(parameter(layer) + 1, shard);
    }

    /** Index of a layer's weight in the model's parameter buffer. */
    private int parameter(int layer) {
        long before =
                layers().stream().limit(layer).filter(LayerSpec::hasParameters).count();
        return firstParameter + 2 * (int) before;
    }

    /**
     * Ops for all blocks on {@code x} (B, …), with activations of their own.
     *
     * @param shard whose gradients are written
     * @param firstRow row of the batch that row 0 of {@code x} is, for dropout's draws
     * @param training whether activations get gradients, but for those before which nothing learns where {@code x} has none,
     *     and whether dropout takes part
     */
    public Chain chain(
            Backend backend, ParameterBuffer parameters, int shard, int firstRow, Variable x, boolean training) {
        return chain(backend, parameters, shard, firstRow, x, blocks.size(), training);
    }

    /** {@link #chain} but for the last block. */
    public Chain hidden(
            Backend backend, ParameterBuffer parameters, int shard, int firstRow, Variable x, boolean training) {
        return chain(backend, parameters, shard, firstRow, x, blocks.size() - 1, training);
    }

    private Chain chain(
            Backend backend,
            ParameterBuffer parameters,
            int shard,
            int firstRow,
            Variable x,
            int count,
            boolean training) {
        ChainBuilder builder = new ChainBuilder(backend, parameters, firstParameter, shard, firstRow, training);
        Variable last = x;
        for (int i = 0; i < count; i++) last = blocks.get(i).make(builder, name + "." + i, last);
        return builder.chain(last);
    }
}
