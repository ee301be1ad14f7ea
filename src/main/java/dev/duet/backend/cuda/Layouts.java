package dev.duet.backend.cuda;

import dev.duet.backend.LayerSpec;
import dev.duet.backend.ParameterSpec;
import dev.duet.tensor.Shape;

/** Where an element of canonical order lies in this backend's memory. */
final class Layouts {
    private Layouts() {}

    /** Index in HWC order of element {@code chw} of {@code channels} planes of {@code area} pixels. */
    private static int channelsLast(int chw, int channels, int area) {
        return chw % area * channels + chw / area;
    }

    /** Index in memory of element {@code canonical} of an activation: NHWC for images, canonical order for all else. */
    static int activation(Shape shape, int canonical) {
        return shape.rank() == 4 ? outerChannelsLast(shape, canonical) : canonical;
    }

    /** (N, C, H, W) to (N, H, W, C). */
    private static int outerChannelsLast(Shape shape, int canonical) {
        int area = shape.get(2) * shape.get(3);
        int image = shape.get(1) * area;
        return canonical / image * image + channelsLast(canonical % image, shape.get(1), area);
    }

    /**
     * Index in memory of element {@code canonical} of a parameter. Kernels, (coarse, fine, k, k) for both kinds of convolution,
     * are (coarse, k, k, fine), cuDNN's KRSC. Linear weights stay (out, in), both in HWC order, as is their bias.
     */
    static int parameter(ParameterSpec spec, int canonical) {
        if (spec.layer() instanceof LayerSpec.Linear linear) {
            if (spec.role() == ParameterSpec.Role.BIAS) return channelsLast(canonical, linear.out());
            int in = linear.in().size();
            return channelsLast(canonical / in, linear.out()) * in + channelsLast(canonical % in, linear.in());
        }
        return spec.shape().rank() == 1 ? canonical : outerChannelsLast(spec.shape(), canonical);
    }

    private static int channelsLast(int chw, Shape features) {
        return channelsLast(chw, features.get(0), features.get(1) * features.get(2));
    }
}
