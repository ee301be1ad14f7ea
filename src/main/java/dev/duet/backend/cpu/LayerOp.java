package dev.duet.backend.cpu;

import dev.duet.backend.Activation;
import dev.duet.backend.LayerShapes;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.Op;
import dev.duet.tensor.Shape;
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
    private final int inputSize;
    private final int outputSize;

    /** Whether the layer goes from the fine to the coarse side, as a convolution does. */
    private final boolean down;

    private final long input;
    private final long output;
    private final long dInput;
    private final long dOutput;
    private final long bias;
    private final long dBias;
    private final long dWeight; // 0 where the parameters are frozen
    private final long forwardPlan;
    private final long forwardWeights;
    private final long backwardPlan;
    private final long backwardWeights;
    private final long weightPlan;
    private final long scratch;
    private final long narrowInput; // 0 unless x is read as bfloat16, and is float32
    private final long narrowOutputGradient; // likewise dy, for dx
    private final long fewScratch; // 0 unless dx, of few channels, is made from contributions
    private final LayerOp below;

    /** Set by the layer above when dy is gated and dBias summed already; cleared by this op's backward. */
    private boolean outputGradientReady;

    LayerOp(Plans plans, LayerSpec spec, Variable x, Variable weight, Variable bias, Variable y) {
        this.spec = spec;
        this.y = y;
        rows = x.shape().get(0);
        biasLength = spec.biasShape().size();
        inputSize = x.shape().size();
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
        below = producer(x);
        forwardPlan = plans.address(down ? all.down() : all.up());
        narrowInput = narrowed(plans, inputType, outputType, x.shape());
        forwardWeights = all.weightsFor(down, read(narrowInput, inputType), weight.value());
        boolean trained = y.grad() != null;
        weightPlan = trained ? plans.address(all.weights()) : 0;
        scratch = trained && dWeight != 0 ? plans.pairsScratch(all.weights(), inputType, outputType) : 0;
        boolean handsDown = trained && dInput != 0;
        if (handsDown
                && below == null
                && spec instanceof LayerSpec.Conv2d conv
                && conv.in() <= OutputPlan.MAX_CHANNELS) {
            Geometry g = Geometry.of(spec, LayerShapes.input(spec, x));
            backwardPlan = plans.address(OutputPlan.encode(g, rows, 1));
            backwardWeights = CpuParameters.copyOf(
                    weight.value(),
                    WeightCopy.Kind.transposed(outputType),
                    1,
                    OutputPlan.contributions(g),
                    g.coarseChannels());
            narrowOutputGradient = 0;
            fewScratch = plans.scratch(OutputPlan.scratchFloats(g));
        } else {
            backwardPlan = handsDown ? plans.address(down ? all.up() : all.down()) : 0;
            narrowOutputGradient = handsDown ? narrowed(plans, outputType, inputType, y.shape()) : 0;
            backwardWeights =
                    handsDown ? all.weightsFor(!down, read(narrowOutputGradient, outputType), weight.value()) : 0;
            fewScratch = 0;
        }
        CpuTensor.of(y.value()).producer = this;
    }

    /**
     * Room for a float32 {@code source} of a matrix product that gives bfloat16: it is rounded to that first, as products of
     * bfloat16 are twice as fast. 0 where it is not.
     */
    private long narrowed(Plans plans, ElementType source, ElementType target, Shape shape) {
        boolean pairs = spec instanceof LayerSpec.Linear && shape.get(1) % 2 == 0;
        boolean narrows = source == ElementType.FLOAT32 && target == ElementType.BFLOAT16;
        return pairs && narrows ? plans.scratch(shape.size()) : 0;
    }

    private static ElementType read(long narrow, ElementType source) {
        return narrow == 0 ? source : ElementType.BFLOAT16;
    }

    /** Address of {@code source} as it is read. */
    private static long read(long narrow, long source, int count) {
        if (narrow == 0) return source;
        CpuKernels.narrow(source, narrow, count);
        return narrow;
    }

    @Override
    public void forward() {
        ConvolutionPlan.Epilogue epilogue = spec.activation() == Activation.RELU
                ? ConvolutionPlan.Epilogue.BIAS_RELU
                : ConvolutionPlan.Epilogue.BIAS;
        CpuKernels.convolve(
                forwardPlan,
                epilogue.code,
                read(narrowInput, inputType).code,
                read(narrowInput, input, inputSize),
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
        if (fewScratch != 0) {
            CpuKernels.convolveToFew(backwardPlan, outputType.code, dOutput, backwardWeights, dInput, fewScratch);
        } else if (dInput != 0) {
            ElementType type = read(narrowOutputGradient, outputType);
            long dy = read(narrowOutputGradient, dOutput, outputSize);
            handDown(below, backwardPlan, type, dy, backwardWeights, inputType, input, dInput, rows);
        }
    }

    private void weightGradient() {
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
