package dev.duet.backend.cuda;

import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Variable;

/**
 * A network's first convolution, which reads images of few channels and passes no gradient on: one matrix product of the
 * images' patches (positions, k k C). cuDNN's convolutions are made for many channels.
 *
 * <p>Launches: forward 3 (patches, GEMM, bias and activation); backward 1 (gate and bias gradient) + 1 for dW. None for casts in
 * bfloat16, unless y is kept as float32.
 */
final class PatchedConvolutionOp extends CudaOp {
    /** As many as an image has; with more, cuDNN has the better algorithms. */
    private static final int MAX_CHANNELS = 4;

    private final Launch patching;
    private final Gemm product;
    private final BiasActivation biasActivation;
    private final boolean trained;
    private final BiasGradient biasGradient; // null without a gradient
    private final Operand outputGradient; // likewise
    private final Gemm weightGradient; // null where the parameters are frozen

    static boolean fits(LayerSpec spec, Variable x) {
        return spec instanceof LayerSpec.Conv2d conv && conv.in() <= MAX_CHANNELS && x.grad() == null;
    }

    PatchedConvolutionOp(
            CudaContext context,
            String name,
            LayerSpec.Conv2d spec,
            ConvolutionShape shape,
            Variable x,
            Variable weight,
            Variable bias,
            Variable y) {
        super(context, name);
        CudaTensor output = CudaTensor.of(y.value()); // (positions, K)
        Operand patches = Operand.scratch(context, "patches of " + name, Patches.size(shape));
        Operand weights = Operand.weight(context, CudaTensor.of(weight.value())); // (K, k k C)
        CudaTensor images = CudaTensor.of(x.value());
        patching = Patches.launch(context, shape, images.type(), images.address(), patches);
        int positions = Patches.positions(shape);
        int length = Patches.length(shape);
        product = new Gemm(
                context, name, positions, spec.out(), length, false, patches, true, weights, Operand.plain(output));
        biasActivation = new BiasActivation(context, spec.activation(), bias.value(), output);
        trained = y.grad() != null;
        CudaTensor dOutput = trained ? CudaTensor.of(y.grad()) : null;
        biasGradient =
                trained ? new BiasGradient(context, spec.activation(), output, dOutput, spec.out(), bias.grad()) : null;
        outputGradient = trained ? Operand.read(context, dOutput) : null;
        boolean learns = trained && weight.grad() != null;
        weightGradient = !learns
                ? null
                : new Gemm(
                        context,
                        name,
                        spec.out(),
                        length,
                        positions,
                        true,
                        outputGradient,
                        false,
                        patches,
                        Operand.plain(CudaTensor.of(weight.grad())));
    }

    @Override
    void runForward() {
        patching.run();
        product.run();
        biasActivation.run();
    }

    @Override
    void runBackward() {
        requireTrained(trained);
        biasGradient.run();
        if (weightGradient == null) return;
        outputGradient.cast();
        weightGradient.run();
    }
}
