package dev.duet.backend.cuda;

import dev.duet.backend.Activation;
import dev.duet.backend.LayerShapes;
import dev.duet.backend.LayerSpec;
import dev.duet.backend.NormView;
import dev.duet.tensor.Variable;

/**
 * Group normalisation with its activation: one launch forward, one backward, a block for each group of an image; a cast more
 * where x is of another type than y, as a network's input may be.
 */
final class NormOp extends CudaOp {
    /** Images at a time. */
    private static final int MAX_BLOCKS = 1024;

    /** The same in backward, whose blocks each leave sums for the last one to add up. */
    private static final int MAX_PARTIALS = 128;

    /** Packs of 16 bytes that a block's threads lie over side by side. */
    private static final int TILE_PACKS = 64;

    private final LayerSpec.Norm spec;
    private final int images;
    private final NormView view;
    private final boolean relu;
    private final long gain; // of the weight, 0 if there is none
    private final long statistics; // mean and inverse deviation of each group of each image
    private final Operand input;
    private final Operand dInput; // null where x needs none
    private final Launch forward;
    private final Launch backward; // null without a gradient

    NormOp(
            CudaContext context,
            String name,
            LayerSpec.Norm spec,
            Variable x,
            Variable weight,
            Variable bias,
            Variable y) {
        super(context, name);
        this.spec = spec;
        CudaTensor output = CudaTensor.of(y.value());
        CudaTensor.Type type = output.type();
        images = x.shape().get(0);
        view = NormView.of(spec, LayerShapes.input(spec, x), TILE_PACKS * 16 / type.bytes);
        relu = spec.activation() == Activation.RELU;
        gain = weight == null ? 0 : CudaTensor.addressOf(weight.value());
        statistics = context.memory().allocate("statistics of " + name, 2L * images * spec.groups() * Float.BYTES);
        input = Operand.read(context, CudaTensor.of(x.value()), type);
        boolean trained = y.grad() != null;
        dInput = trained && x.grad() != null ? Operand.written(context, CudaTensor.of(x.grad()), type) : null;
        forward = forward(output, bias);
        backward = trained ? backward(name, output, CudaTensor.of(y.grad()), weight, bias) : null;
    }

    private Launch forward(CudaTensor output, Variable bias) {
        return launch("norm_" + output.type().suffix, Math.min(images, MAX_BLOCKS))
                .pointer(0, input.address())
                .pointer(1, gain)
                .pointer(2, bias == null ? 0 : CudaTensor.addressOf(bias.value()))
                .pointer(3, output.address())
                .pointer(4, statistics)
                .i32(5, images)
                .i32(6, view.area())
                .i32(7, view.channels())
                .i32(8, spec.groups())
                .i32(9, relu ? 1 : 0);
    }

    private Launch backward(String name, CudaTensor output, CudaTensor dOutput, Variable weight, Variable bias) {
        boolean learns = weight != null && weight.grad() != null;
        int blocks = Math.min(images, learns ? MAX_PARTIALS : MAX_BLOCKS);
        long partials = learns ? 2L * blocks * view.channels() : 1;
        Reduction sums = new Reduction(context, "parameters' gradients of " + name, partials, spec.groups());
        return launch("norm_backward_" + output.type().suffix, blocks)
                .pointer(0, input.address())
                .pointer(1, relu ? output.address() : 0)
                .pointer(2, dOutput.address())
                .pointer(3, gain)
                .pointer(4, statistics)
                .pointer(5, dInput == null ? 0 : dInput.address())
                .pointer(6, learns ? CudaTensor.addressOf(weight.grad()) : 0)
                .pointer(7, learns ? CudaTensor.addressOf(bias.grad()) : 0)
                .pointer(8, sums.partials())
                .pointer(9, sums.counter())
                .i32(10, images)
                .i32(11, view.area())
                .i32(12, view.channels())
                .i32(13, spec.groups());
    }

    private Launch launch(String kernel, int blocks) {
        return new Launch(context, context.kernels().kernel(kernel), blocks, spec.groups(), Launch.THREADS, 0);
    }

    @Override
    void runForward() {
        input.cast();
        forward.run();
    }

    @Override
    void runBackward() {
        requireTrained(backward != null);
        backward.run();
        if (dInput != null) dInput.cast();
    }
}
