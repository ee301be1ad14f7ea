package dev.duet.backend.cpu;

import dev.duet.backend.Activation;
import dev.duet.backend.LayerShapes;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.tensor.Variable;

/**
 * A convolution, transposed convolution or linear layer with bias and activation fused. Its backward leaves in dx what the
 * layer below needs: already zeroed where that layer's ReLU was, with that layer's bias gradient summed on the way.
 */
final class LayerOp implements Op {
    private final LayerSpec spec;
    private final Variable y;
    private final ElementType inputType;
    private final ElementType outputType;
    private final int rows;
    private final int biasLength;
    private final int outputSize;

    /** Whether the layer goes from the fine to the coarse side, as a convolution does. */
    private final boolean down;

    private final ProductSource source; // x
    private final ProductSource gradientSource; // dy, for dx
    private final long input;
    private final long output;
    private final long dInput;
    private final long dOutput;
    private final long bias;
    private final long dBias;
    private final long dWeight; // 0 where the parameters are frozen
    private final CpuTensor weightGradientTensor; // likewise null
    private final WeightProducts products; // null unless Adam sums the gradient of the weights
    private final long forwardPlan;
    private final long forwardWeights;
    private final long backwardPlan;
    private final long backwardWeights;
    private final long weightPlan;
    private final long scratch;
    private final FewChannels few; // null unless it makes dx
    private final LayerOp below;

    /** Set by the layer above when dy is gated and dBias summed already; cleared by this op's backward. */
    private boolean outputGradientReady;

    LayerOp(Plans plans, LayerSpec spec, Variable x, Variable weight, Variable bias, Variable y) {
        this.spec = spec;
        this.y = y;
        rows = x.shape().get(0);
        biasLength = spec.biasShape().size();
        outputSize = y.shape().size();
        LayerPlans all = LayerPlans.of(spec, LayerShapes.input(spec, x));
        down = !(spec instanceof LayerSpec.ConvTranspose2d);
        inputType = CpuTensor.of(x.value()).type();
        outputType = CpuTensor.of(y.value()).type();
        input = CpuTensor.addressOf(x.value());
        output = CpuTensor.addressOf(y.value());
        dInput = CpuTensor.addressOf(x.grad());
        dOutput = CpuTensor.addressOf(y.grad());
        this.bias = CpuTensor.floatsOf(bias.value());
        dBias = bias.grad() == null ? plans.scratch(biasLength) : CpuTensor.floatsOf(bias.grad());
        dWeight = CpuTensor.floatsOf(weight.grad());
        weightGradientTensor = dWeight == 0 ? null : CpuTensor.of(weight.grad());
        below = producer(x);
        forwardPlan = plans.address(down ? all.down() : all.up());
        source = new ProductSource(plans, spec, inputType, input, x.shape(), outputType);
        forwardWeights = all.weightsFor(down, source.type(), weight.value());
        boolean trained = y.grad() != null;
        boolean learns = trained && dWeight != 0;
        weightPlan = learns ? plans.address(all.weights()) : 0;
        scratch = learns ? plans.pairsScratch(all.weights(), inputType, outputType) : 0;
        boolean summedByAdam = scratch != 0
                && CpuTensor.of(weight.value()).parameters != null
                && WeightProducts.fits(spec, all.weights(), rows);
        products = summedByAdam
                ? new WeightProducts(plans, spec, all.weights(), inputType, input, outputType, dOutput, rows, scratch)
                : null;
        boolean handsDown = trained && dInput != 0;
        boolean makesFew = handsDown && below == null && FewChannels.fits(spec);
        few = makesFew ? new FewChannels(plans, spec, x, weight.value(), outputType) : null;
        boolean makesMany = handsDown && !makesFew;
        gradientSource = makesMany ? new ProductSource(plans, spec, outputType, dOutput, y.shape(), inputType) : null;
        backwardPlan = makesMany ? plans.address(down ? all.up() : all.down()) : 0;
        backwardWeights = makesMany ? all.weightsFor(!down, gradientSource.type(), weight.value()) : 0;
        CpuTensor.of(y.value()).producer = this;
    }

    @Override
    public void forward() {
        ConvolutionPlan.Epilogue epilogue = spec.activation() == Activation.RELU
                ? ConvolutionPlan.Epilogue.BIAS_RELU
                : ConvolutionPlan.Epilogue.BIAS;
        CpuKernels.convolve(
                forwardPlan,
                epilogue.code,
                source.type().code,
                source.read(),
                forwardWeights,
                bias,
                0,
                outputType.code,
                output,
                0,
                rows);
    }

    @Override
    public void backward() {
        NoGradient.check(dOutput != 0, "layer", y.value());
        if (!outputGradientReady) finishOutputGradient();
        outputGradientReady = false;
        if (dWeight != 0) weightGradient();
        if (few != null) {
            few.gradient(dOutput, dInput);
        } else if (dInput != 0) {
            ElementType type = gradientSource.type();
            long dy = gradientSource.read();
            handDown(below, backwardPlan, type, dy, backwardWeights, inputType, input, dInput, rows);
        }
    }

    private void weightGradient() {
        weightGradientTensor.products = products;
        if (products != null) {
            products.layOut();
            return;
        }
        CpuKernels.convolveWeights(
                weightPlan,
                down ? inputType.code : outputType.code,
                down ? input : dOutput,
                down ? outputType.code : inputType.code,
                down ? dOutput : input,
                dWeight,
                rows,
                scratch);
    }

    private void finishOutputGradient() {
        long gate = spec.activation() == Activation.RELU ? output : 0;
        CpuKernels.biasGradient(outputType.code, dOutput, gate, dBias, outputSize / biasLength, biasLength);
    }

    /** dx = dy · weights, with the gate and the bias sum of the layer {@code below}, if that can be. */
    static void handDown(
            LayerOp below,
            long plan,
            ElementType dyType,
            long dy,
            long weights,
            ElementType xType,
            long x,
            long dx,
            int rows) {
        ConvolutionPlan.Epilogue epilogue = below == null
                ? ConvolutionPlan.Epilogue.PLAIN
                : below.spec.activation() == Activation.RELU
                        ? ConvolutionPlan.Epilogue.GATE_SUM
                        : ConvolutionPlan.Epilogue.SUM;
        long dBias = below == null ? 0 : below.dBias;
        CpuKernels.convolve(plan, epilogue.code, dyType.code, dy, weights, 0, x, xType.code, dx, dBias, rows);
        if (below != null) below.outputGradientReady = true;
    }

    /**
     * The layer that made {@code x}, if the gradient handed down to it can include its gate and bias sum: one bias per channel
     * of x; else {@code null}.
     */
    static LayerOp producer(Variable x) {
        LayerOp producer = CpuTensor.of(x.value()).producer;
        boolean gets = producer != null && x.grad() != null && producer.y.grad() == x.grad();
        return gets && producer.biasLength == x.shape().get(1) ? producer : null;
    }
}
