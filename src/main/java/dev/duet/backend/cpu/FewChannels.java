package dev.duet.backend.cpu;

import dev.duet.backend.LayerShapes;
import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** dx of a convolution from few channels: by {@link OutputPlan}, as a product of few columns would leave most lanes idle. */
final class FewChannels {
    private final long plan;
    private final ElementType sourceType;
    private final long weights;
    private final long scratch;

    static boolean fits(LayerSpec spec) {
        return spec instanceof LayerSpec.Conv2d conv && conv.in() <= OutputPlan.MAX_CHANNELS;
    }

    /** @param sourceType of the gradient of the convolution's output */
    FewChannels(Plans plans, LayerSpec spec, Variable x, Tensor weight, ElementType sourceType) {
        this.sourceType = sourceType;
        Geometry g = Geometry.of(spec, LayerShapes.input(spec, x));
        plan = plans.address(OutputPlan.encode(g, x.shape().get(0), 1));
        weights = OutputPlan.weights(g, sourceType, weight);
        scratch = plans.scratch(OutputPlan.scratchFloats(g));
    }

    void gradient(long dOutput, long dInput) {
        CpuKernels.convolveToFew(plan, sourceType.code, dOutput, weights, dInput, scratch);
    }
}
