package dev.duet.backend;

import dev.duet.DuetException;
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
        checkParameters(spec, weight, bias);
        checkKind(spec, x);
        ShapeMismatch.check(
                where(spec) + " input",
                x.value(),
                batched(expected(spec, x), x.shape().get(0), x));
    }

    private static void checkParameters(LayerSpec spec, Variable weight, Variable bias) {
        boolean expected = spec.hasParameters();
        if ((weight != null) != expected || (bias != null) != expected) {
            throw new DuetException(
                    where(spec) + ": expected " + (expected ? "weights and a bias" : "no weights and no bias")
                            + ", got " + (weight == null ? "no weights" : "weights") + " and "
                            + (bias == null ? "no bias" : "a bias"));
        }
        if (!expected) return;
        ShapeMismatch.check(where(spec) + " weights", weight.value(), spec.weightShape());
        ShapeMismatch.check(where(spec) + " bias", bias.value(), spec.biasShape());
    }

    /** A pooling layer takes images of at least one window; dropout is no layer that {@link Backend#layer} makes. */
    private static void checkKind(LayerSpec spec, Variable x) {
        if (spec instanceof LayerSpec.Dropout) {
            throw new DuetException(where(spec) + ": expected a layer without draws; make it with Backend.dropout");
        }
        if (!(spec instanceof LayerSpec.MaxPool pool)) return;
        Shape shape = x.shape();
        if (shape.rank() == 4 && Math.min(shape.get(2), shape.get(3)) >= pool.size()) return;
        throw new DuetException(where(spec) + " input, tensor '" + x.value().name() + "': expected images of at least "
                + pool.size() + " × " + pool.size() + " pixels, got " + shape + "; pool less");
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

    /** Expected (C, H, W) of the input; only a linear layer minds H and W. */
    private static Shape expected(LayerSpec spec, Variable x) {
        if (spec instanceof LayerSpec.Linear linear) return linear.in();
        boolean image = x.shape().rank() == 4;
        return Shape.of(
                channels(spec, x),
                image ? x.shape().get(2) : 1,
                image ? x.shape().get(3) : 1);
    }

    /** Expected channels of the input; pooling and dropout take any. */
    private static int channels(LayerSpec spec, Variable x) {
        if (spec instanceof LayerSpec.Conv2d conv) return conv.in();
        if (spec instanceof LayerSpec.ConvTranspose2d conv) return conv.in();
        return spec instanceof LayerSpec.Norm norm ? norm.channels() : x.shape().get(1);
    }

    /** (B, F) for rows; only where F has no pixels, because backends keep images channels last. */
    private static Shape batched(Shape features, int rows, Variable tensor) {
        boolean asRows = tensor.shape().rank() == 2 && features.get(1) * features.get(2) == 1;
        return asRows ? Shape.of(rows, features.get(0)) : features.batched(rows);
    }
}
