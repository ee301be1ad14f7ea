package dev.duet.backend.cuda;

import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Variable;

/**
 * A linear layer, y (B, out) = x (B, in) Wᵀ + b, all row-major, images in HWC order.
 *
 * <p>Launches, with GEMM counted as one: forward 2 (GEMM, bias and activation); backward 1 (gate and bias gradient) + 1 for dW +
 * 1 for dx. In bfloat16 one more for each of x and dy that is kept as float32.
 */
final class LinearOp extends CudaOp {
    private final BiasActivation biasActivation;
    private final Operand input;
    private final Gemm forward;
    private final boolean trained;
    private final BiasGradient biasGradient; // null without a gradient
    private final Operand outputGradient; // null without a gradient
    private final Gemm weightGradient; // null where the parameters are frozen
    private final Gemm inputGradient; // null where x needs none

    LinearOp(
            CudaContext context,
            String name,
            LayerSpec.Linear spec,
            Variable x,
            Variable weight,
            Variable bias,
            Variable y) {
        super(context, name);
        int rows = x.shape().get(0);
        int in = spec.in().size();
        int out = spec.out().size();
        Operand weights = Operand.weight(context, CudaTensor.of(weight.value())); // (out, in)
        input = Operand.read(context, CudaTensor.of(x.value())); // (B, in)
        CudaTensor output = CudaTensor.of(y.value()); // (B, out)
        forward = new Gemm(context, name, rows, out, in, false, input, true, weights, Operand.plain(output));
        biasActivation = new BiasActivation(context, spec.activation(), bias.value(), output);
        trained = y.grad() != null;
        CudaTensor dOutput = trained ? CudaTensor.of(y.grad()) : null;
        biasGradient = trained ? new BiasGradient(context, spec.activation(), output, dOutput, out, bias.grad()) : null;
        outputGradient = trained ? Operand.read(context, dOutput) : null;
        boolean learns = trained && weight.grad() != null;
        weightGradient = learns
                ? new Gemm(context, name, out, in, rows, true, outputGradient, false, input, plain(weight))
                : null;
        boolean passes = trained && x.grad() != null;
        inputGradient =
                passes ? new Gemm(context, name, rows, in, out, false, outputGradient, false, weights, plain(x)) : null;
    }

    private static Operand plain(Variable variable) {
        return Operand.plain(CudaTensor.of(variable.grad()));
    }

    @Override
    void runForward() {
        input.cast();
        forward.run();
        biasActivation.run();
    }

    @Override
    void runBackward() {
        requireTrained(trained);
        biasGradient.run();
        if (weightGradient == null && inputGradient == null) return;
        outputGradient.cast();
        if (weightGradient != null) weightGradient.run();
        if (inputGradient != null) inputGradient.run();
    }
}
