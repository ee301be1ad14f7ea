package dev.duet.backend;

import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;

/** The shapes that a layer's tensors must have. Features without pixels may lie as rows (B, F) or as images (B, F, 1, 1). */
public final class LayerShapes {
    private LayerShapes() {}

    /** @throws ShapeMismatch unless the tensors of a layer fit it and each other */
    public static void check(LayerSpec spec, Variable x, Variable weight, Variable bias, Variable y) {
        checkInputs(spec, x, weight, bias);
        Shape output = batched(spec.output(input(spec, x)), x.shape().get(0), y);
        ShapeMismatch.check(where(spec) + " output", y.value(), output);
    }

    /** {@link #check} but for the output. */
    public static void checkInputs(LayerSpec spec, Variable x, Variable weight, Variable bias) {
        ShapeMismatch.check(where(spec) + " weights", weight.value(), spec.weightShape());
        ShapeMismatch.check(where(spec) + " bias", bias.value(), spec.biasShape());
        ShapeMismatch.check(
                where(spec) + " input",
                x.value(),
                batched(expected(spec, x), x.shape().get(0), x));
    }

    private static String where(LayerSpec spec) {
        return "layer " + spec.getClass().getSimpleName();
    }

    /** (C, H, W) of {@code x} as the layer reads it. */
    public static Shape input(LayerSpec spec, Variable x) {
        return x.shape().rank() == 4
                ? Shape.of(x.shape().get(1), x.shape().get(2), x.shape().get(3))
                : expected(spec, x);
    }

    /** Expected (C, H, W) of the input; a convolution takes any H and W. */
    private static Shape expected(LayerSpec spec, Variable x) {
        if (spec instanceof LayerSpec.Linear linear) return linear.in();
        int channels = spec instanceof LayerSpec.Conv2d conv ? conv.in() : ((LayerSpec.ConvTranspose2d) spec).in();
        boolean image = x.shape().rank() == 4;
        return Shape.of(
                channels, image ? x.shape().get(2) : 1, image ? x.shape().get(3) : 1);
    }

    /** (B, F) for rows; only where F has no pixels, because backends keep images channels last. */
    private static Shape batched(Shape features, int rows, Variable tensor) {
        boolean asRows = tensor.shape().rank() == 2 && features.get(1) * features.get(2) == 1;
        return asRows ? Shape.of(rows, features.get(0)) : features.batched(rows);
    }
}
