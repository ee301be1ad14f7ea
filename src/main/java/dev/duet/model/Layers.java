package dev.duet.model;

import dev.duet.DuetException;
import dev.duet.backend.Activation;
import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Layers by short texts, one per block, as configs have them:
 *
 * <ul>
 *   <li>{@code conv 64} – convolution to 64 channels, 4×4, stride 2, padding 1; {@code conv 64 k3 s1 p1} says so itself
 *   <li>{@code up 64} – transposed convolution likewise
 *   <li>{@code linear 256}, {@code linear 128x4x4} – a full matrix to features or to images
 *   <li>{@code norm}, {@code norm groups 4} – group normalisation with weights; without a number groups of 16 channels or more
 *   <li>{@code standardise} – each image to mean 0 and deviation 1
 *   <li>{@code residual}, {@code residual groups 4} – a residual block
 *   <li>{@code pool 2} – max-pooling; {@code dropout 0.3}, {@code dropout 0.3 channels}
 * </ul>
 *
 * The first four may end in {@code relu}.
 */
public final class Layers {
    private static final String KINDS = "conv, up, linear, norm, standardise, residual, pool, dropout";

    /** Channels of a group, at least, where a text does not say how many groups there are. */
    private static final int GROUP_CHANNELS = 16;

    private final List<Block> blocks = new ArrayList<>();
    private int nextSite;
    private Shape shape; // (C, H, W) of what enters the next block

    private Layers(Shape input, int firstSite) {
        shape = input;
        nextSite = firstSite;
    }

    /** {@link #parse(List, Shape, int)} with dropouts' sites from 0 on. */
    public static List<Block> parse(List<String> texts, Shape input) {
        return parse(texts, input, 0);
    }

    /**
     * The blocks that {@code texts} say.
     *
     * @param input (C, H, W) of the first block's input
     * @param firstSite number of the first dropout: those of all networks of a model must differ
     * @throws DuetException if a text is not understood, or its layer does not fit what comes before it
     */
    public static List<Block> parse(List<String> texts, Shape input, int firstSite) {
        Layers layers = new Layers(input, firstSite);
        for (int i = 0; i < texts.size(); i++) layers.add(new LayerText(i + 1, texts.get(i)));
        return List.copyOf(layers.blocks);
    }

    private void add(LayerText text) {
        Block block = block(text);
        text.requireEnd();
        blocks.add(block);
        shape = block.output(shape);
    }

    private Block block(LayerText text) {
        String kind = text.word("one of " + KINDS);
        return switch (kind) {
            case "conv" -> new Layer(convolution(text, true));
            case "up" -> new Layer(convolution(text, false));
            case "linear" -> new Layer(new LayerSpec.Linear(shape, text.features(), activation(text)));
            case "norm" -> {
                int groups = groups(text);
                yield new Layer(new LayerSpec.Norm(shape.get(0), groups, true, activation(text)));
            }
            case "standardise" -> new Layer(new LayerSpec.Norm(shape.get(0), 1, false, Activation.NONE));
            case "residual" -> {
                requirePixels(text, 2);
                yield new Residual(shape.get(0), groups(text));
            }
            case "pool" -> {
                int size = text.positive("a window's side in pixels");
                requirePixels(text, size);
                yield new Layer(new LayerSpec.MaxPool(size));
            }
            case "dropout" -> new Layer(new LayerSpec.Dropout(text.rate(), text.takes("channels"), nextSite++));
            default -> throw text.wrong("one of " + KINDS, "'" + kind + "'");
        };
    }

    private LayerSpec convolution(LayerText text, boolean down) {
        int out = text.positive("a number of channels");
        int kernel = text.setting('k', 4, 1);
        int stride = text.setting('s', 2, 1);
        int padding = text.setting('p', 1, 0);
        int in = shape.get(0);
        Activation activation = activation(text);
        if (down) {
            requirePixels(text, kernel - 2 * padding);
            return new LayerSpec.Conv2d(in, out, kernel, stride, padding, activation);
        }
        LayerSpec up = new LayerSpec.ConvTranspose2d(in, out, kernel, stride, padding, activation);
        int smallest = (Math.min(shape.get(1), shape.get(2)) - 1) * stride - 2 * padding + kernel;
        if (smallest < 1) throw text.wrong("a kernel that leaves pixels within the padding", "kernel " + kernel);
        return up;
    }

    private static Activation activation(LayerText text) {
        return text.takes("relu") ? Activation.RELU : Activation.NONE;
    }

    private int groups(LayerText text) {
        int channels = shape.get(0);
        if (!text.takes("groups")) {
            int groups = Math.max(1, channels / GROUP_CHANNELS);
            while (channels % groups != 0) groups--;
            return groups;
        }
        int groups = text.positive("a number of groups");
        if (channels % groups != 0) {
            throw text.wrong("groups that divide the " + channels + " channels before it", groups + " groups");
        }
        return groups;
    }

    private void requirePixels(LayerText text, int side) {
        if (Math.min(shape.get(1), shape.get(2)) >= side) return;
        throw text.wrong(
                "images of at least " + side + " × " + side + " pixels before it", shape + " (channels,height,width)");
    }
}
