package dev.duet.backend.cpu;

import dev.duet.backend.LayerSpec;
import dev.duet.backend.ParameterSpec;
import dev.duet.tensor.Shape;
import java.util.function.IntUnaryOperator;

/** Where an element of canonical order lies in this backend's memory. */
final class Layouts {
    private Layouts() {}

    /** Index in HWC order of element {@code chw} of {@code channels} planes of {@code area} pixels. */
    static int channelsLast(int chw, int channels, int area) {
        return chw % area * channels + chw / area;
    }

    /** Index in memory of element {@code canonical} of an activation: NHWC for images, canonical order for all else. */
    static int activation(Shape shape, int canonical) {
        if (shape.rank() != 4) return canonical;
        int area = shape.get(2) * shape.get(3);
        int image = shape.get(1) * area;
        return canonical / image * image + channelsLast(canonical % image, shape.get(1), area);
    }

    private static int channelsLast(int chw, Shape features) {
        return channelsLast(chw, features.get(0), features.get(1) * features.get(2));
    }

    /** Index in memory of each element of a parameter in canonical order. */
    static IntUnaryOperator parameter(ParameterSpec spec) {
        if (spec.layer() instanceof LayerSpec.Linear linear) {
            return spec.role() == ParameterSpec.Role.BIAS
                    ? canonical -> channelsLast(canonical, linear.out())
                    : canonical -> linearWeight(linear, canonical);
        }
        Shape shape = spec.shape();
        return shape.rank() == 1 ? canonical -> canonical : canonical -> kernelWeight(shape, canonical);
    }

    /** (out, in) in CHW order each, to (out pixel, in in HWC order, out channel). */
    private static int linearWeight(LayerSpec.Linear linear, int canonical) {
        int in = linear.in().size();
        int out = channelsLast(canonical / in, linear.out());
        int channels = linear.out().get(0);
        return (out / channels * in + channelsLast(canonical % in, linear.in())) * channels + out % channels;
    }

    /** (coarse, fine, k, k), which is what PyTorch has for both kinds of convolution, to (k, k, fine, coarse). */
    private static int kernelWeight(Shape shape, int canonical) {
        int coarse = shape.get(0);
        int fine = shape.get(1);
        int taps = shape.get(2) * shape.get(3);
        int tap = canonical % taps;
        int fineChannel = canonical / taps % fine;
        int coarseChannel = canonical / taps / fine;
        return (tap * fine + fineChannel) * coarse + coarseChannel;
    }
}
