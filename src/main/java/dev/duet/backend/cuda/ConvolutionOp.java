package dev.duet.backend.cuda;

import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/**
 * A convolution, or a transposed one, which is the same with its sides exchanged: its forward is the convolution's dx and its
 * dx the convolution's forward. Images NHWC, weights (coarse, k, k, fine).
 *
 * <p>Launches, with a call of cuDNN counted as one: forward 2 (product, bias and activation); backward 1 (gate and bias gradient) +
 * 1 for dW + 1 for dx. In bfloat16 one more to cast dW to float32, and one for each tensor that is kept as float32, such as a
 * network's input.
 */
final class ConvolutionOp extends CudaOp {
    private final BiasActivation biasActivation;
    private final Operand input;
    private final Operand output;
    private final ConvolutionProduct forward;
    private final boolean trained;
    private final BiasGradient biasGradient; // null without a gradient
    private final Operand outputGradient; // null without a gradient
    private final Operand dWeight; // null where the parameters are frozen
    private final ConvolutionProduct weightGradient; // likewise
    private final Operand dInput; // null where x needs none
    private final ConvolutionProduct inputGradient; // likewise

    /**
     * @param spec a convolution of either kind
     * @param shape of it
     */
    ConvolutionOp(
            CudaContext context,
            String name,
            LayerSpec spec,
            ConvolutionShape shape,
            Variable x,
            Variable weight,
            Variable bias,
            Variable y) {
        super(context, name);
        boolean down = spec instanceof LayerSpec.Conv2d;
        Direction ahead = down ? Direction.FORWARD : Direction.BACKWARD_DATA;
        Direction back = down ? Direction.BACKWARD_DATA : Direction.FORWARD;
        Operand weights = Operand.weight(context, CudaTensor.of(weight.value()));
        input = Operand.read(context, CudaTensor.of(x.value()));
        output = Operand.written(context, CudaTensor.of(y.value()));
        forward = new ConvolutionProduct(context, name, ahead, shape, sides(down, input, weights, output));
        CudaTensor result = CudaTensor.of(y.value());
        biasActivation = new BiasActivation(context, spec.activation(), bias.value(), result);
        trained = y.grad() != null;
        CudaTensor dOutput = trained ? CudaTensor.of(y.grad()) : null;
        int channels = bias.shape().size();
        biasGradient =
                trained ? new BiasGradient(context, spec.activation(), result, dOutput, channels, bias.grad()) : null;
        outputGradient = trained ? Operand.read(context, dOutput) : null;
        dWeight = written(context, weight.grad());
        weightGradient = dWeight == null
                ? null
                : new ConvolutionProduct(
                        context, name, Direction.BACKWARD_FILTER, shape, sides(down, input, dWeight, outputGradient));
        dInput = written(context, x.grad());
        inputGradient = dInput == null
                ? null
                : new ConvolutionProduct(context, name, back, shape, sides(down, dInput, weights, outputGradient));
    }

    /** {@code gradient} as the result of a product, or null if it is not wanted. */
    private Operand written(CudaContext context, Tensor gradient) {
        return trained && gradient != null ? Operand.written(context, CudaTensor.of(gradient)) : null;
    }

    private static ConvolutionPointers sides(boolean down, Operand in, Operand filter, Operand out) {
        Operand fine = down ? in : out;
        Operand coarse = down ? out : in;
        return new ConvolutionPointers(fine.pointer(), filter.pointer(), coarse.pointer());
    }

    @Override
    void runForward() {
        input.cast();
        forward.run();
        output.cast();
        biasActivation.run();
    }

    @Override
    void runBackward() {
        requireTrained(trained);
        biasGradient.run();
        if (weightGradient == null && inputGradient == null) return;
        outputGradient.cast();
        if (weightGradient != null) {
            weightGradient.run();
            dWeight.cast();
        }
        if (inputGradient != null) {
            inputGradient.run();
            dInput.cast();
        }
    }
}
