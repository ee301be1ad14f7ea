package dev.duet.profile;

import dev.duet.backend.Judgement;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Rows;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;

/**
 * FLOP and bytes of layers on paper. A multiply-add counts as two; taps of a kernel that fall into the padding count nothing,
 * nor do biases, activations, normalisation, pooling and anything element-wise.
 */
final class Costs {
    private Costs() {}

    /**
     * Forward: y = W x. The backward pass needs as many FLOP for dW, and for dx where x has a gradient.
     *
     * @param input of the layer, (C, H, W)
     * @param rows B
     */
    static long flop(LayerSpec spec, Shape input, int rows) {
        return 2L * rows * multiplyAdds(spec, input);
    }

    private static long multiplyAdds(LayerSpec spec, Shape input) {
        if (spec instanceof LayerSpec.Conv2d conv) {
            return (long) conv.in()
                    * conv.out()
                    * taps(input, conv.output(input), conv.kernel(), conv.stride(), conv.padding());
        }
        if (spec
                instanceof
                LayerSpec.ConvTranspose2d conv) { // its adjoint reads the large image and writes the small one
            return (long) conv.in()
                    * conv.out()
                    * taps(conv.output(input), input, conv.kernel(), conv.stride(), conv.padding());
        }
        return spec instanceof LayerSpec.Linear linear
                ? (long) linear.in().size() * linear.out().size()
                : 0;
    }

    /** Pairs of a pixel of the small image and a tap of its kernel that lies within the large one. */
    private static long taps(Shape large, Shape small, int kernel, int stride, int padding) {
        return taps(large.get(1), small.get(1), kernel, stride, padding)
                * taps(large.get(2), small.get(2), kernel, stride, padding);
    }

    private static long taps(int large, int small, int kernel, int stride, int padding) {
        long taps = 0;
        for (int o = 0; o < small; o++) {
            int first = o * stride - padding;
            taps += Math.max(0, Math.min(first + kernel, large) - Math.max(first, 0));
        }
        return taps;
    }

    /** A layer's input x as (C, H, W). */
    static Shape image(LayerSpec spec, Tensor x) {
        if (spec instanceof LayerSpec.Linear linear) return linear.in();
        Shape shape = x.shape();
        return shape.rank() == 4 ? Shape.of(shape.get(1), shape.get(2), shape.get(3)) : Shape.of(shape.get(1), 1, 1);
    }

    /** 0 for null. */
    static long bytes(Tensor tensor) {
        return tensor == null ? 0 : tensor.bytes();
    }

    static long bytes(Tensor... tensors) {
        long sum = 0;
        for (Tensor tensor : tensors) sum += bytes(tensor);
        return sum;
    }

    /** Of the targets and the means. */
    static long bytes(Judgement judgement) {
        return bytes(judgement.target())
                + (judgement.mean() == null ? 0 : judgement.mean().value().bytes());
    }

    /** Of the first {@code columns} columns of {@code rows}. */
    static long bytes(Rows rows, int columns) {
        return (long) Float.BYTES * rows.count() * columns;
    }

    static long values(List<Variable> variables) {
        return variables.stream().mapToLong(v -> bytes(v.value())).sum();
    }

    static long grads(List<Variable> variables) {
        return variables.stream().mapToLong(v -> bytes(v.grad())).sum();
    }
}
