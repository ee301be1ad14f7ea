package dev.duet.backend.cpu;

import dev.duet.backend.Activation;
import dev.duet.backend.LayerShapes;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.NormView;
import dev.duet.backend.Op;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** Group normalisation with its activation; keeps each group's mean and deviation from forward to backward. */
final class NormOp implements Op {
    /** Arrays over the channels that the kernels need, and floats by which each may be longer. */
    private static final int SCRATCH_ARRAYS = 4;

    private static final int LINE = 16;

    /** Channels in whole vectors of every instruction set. */
    private static final int LONGEST_ROW = 64;

    private final LayerSpec.Norm spec;
    private final int type;
    private final int relu;
    private final int images;
    private final NormView view;
    private final long x;
    private final long dx; // 0 where x needs none
    private final long weight; // 0 without parameters, as bias
    private final long dWeight; // 0 where the parameters are frozen, as dBias
    private final long bias;
    private final long dBias;
    private final Tensor yTensor;
    private final long y;
    private final long dy;
    private final long statistics; // (B, groups, 2)
    private final long scratch;

    NormOp(Plans plans, LayerSpec.Norm spec, Variable x, Variable weight, Variable bias, Variable y) {
        this.spec = spec;
        type = CpuTensor.sharedType(x.value(), y.value());
        relu = spec.activation() == Activation.RELU ? 1 : 0;
        images = x.shape().get(0);
        view = NormView.of(spec, LayerShapes.input(spec, x), LONGEST_ROW);
        this.x = CpuTensor.addressOf(x.value());
        dx = CpuTensor.addressOf(x.grad());
        this.weight = weight == null ? 0 : CpuTensor.addressOf(weight.value());
        dWeight = weight == null ? 0 : CpuTensor.addressOf(weight.grad());
        this.bias = bias == null ? 0 : CpuTensor.addressOf(bias.value());
        dBias = bias == null ? 0 : CpuTensor.addressOf(bias.grad());
        yTensor = y.value();
        this.y = CpuTensor.addressOf(y.value());
        dy = CpuTensor.addressOf(y.grad());
        statistics = plans.scratch(2L * images * spec.groups());
        scratch = plans.scratch((long) SCRATCH_ARRAYS * (view.channels() + LINE));
    }

    @Override
    public void forward() {
        CpuKernels.normForward(
                type,
                x,
                weight,
                bias,
                y,
                statistics,
                scratch,
                images,
                view.area(),
                view.channels(),
                spec.groups(),
                relu);
    }

    @Override
    public void backward() {
        NoGradient.check(dy != 0, "normalisation", yTensor);
        CpuKernels.normBackward(
                type,
                x,
                y,
                dy,
                weight,
                statistics,
                dx,
                dWeight,
                dBias,
                scratch,
                images,
                view.area(),
                view.channels(),
                spec.groups(),
                relu);
    }
}
