package dev.duet.backend.cuda;

import dev.duet.backend.Activation;
import dev.duet.backend.Judgement;
import dev.duet.backend.LayerShapes;
import dev.duet.backend.LayerSpec;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Variable;

/**
 * A transposed convolution to few channels with its likelihood: a product gives what each position contributes to the pixels
 * around it, and one kernel adds that up to logits, judges them and writes their gradient; the logits reach no memory.
 *
 * <p>Launches: forward 2 (GEMM, output), or 3 where some rows are judged and others give means; backward 1 where means have a
 * gradient + 1 (bias gradient) + 1 (the gradient's patches) + 1 for dW + 1 for dx.
 */
final class OutputOp extends CudaOp {
    /** As many as an image has; with more, cuDNN has the better algorithms. */
    private static final int MAX_CHANNELS = 4;

    private static final int MAX_BLOCKS = 512;

    /** Logits that a thread makes at a time. */
    private static final int AT_ONCE = 4;

    private final Operand source;
    private final Gemm product;
    private final Launch judging; // null without a target
    private final Launch means; // null without means, or where judging gives them
    private final Launch meanGradient; // null without their gradient
    private final boolean trained;
    private final BiasGradient biasGradient; // null without a gradient
    private final Launch patching; // likewise
    private final Gemm inputGradient; // likewise
    private final Gemm weightGradient; // null where the parameters are frozen

    private static String name(Variable x) {
        return "output layer of " + CudaTensor.of(x.value());
    }

    static boolean fits(LayerSpec last) {
        return last instanceof LayerSpec.ConvTranspose2d conv
                && conv.out() <= MAX_CHANNELS
                && conv.activation() == Activation.NONE;
    }

    OutputOp(
            CudaContext context,
            LayerSpec.ConvTranspose2d last,
            Variable x,
            Variable weight,
            Variable bias,
            Judgement judgement) {
        super(context, name(x));
        String name = name(x);
        int images = x.shape().get(0);
        Shape coarse = LayerShapes.input(last, x); // (K, h, w)
        Shape logits = last.output(coarse).batched(images); // (N, C, H, W)
        LayerShapes.checkInputs(last, x, weight, bias);
        judgement.check(logits, x.grad() != null);
        ConvolutionShape shape = ConvolutionShape.of(last, images, coarse, last.output(coarse));
        int positions = Patches.positions(shape);
        int length = Patches.length(shape);
        source = Operand.read(context, CudaTensor.of(x.value())); // (positions, K)
        Operand weights = Operand.weight(context, CudaTensor.of(weight.value())); // (K, k k C)
        Operand patches = Operand.scratch(context, "patches of " + name, Patches.size(shape)); // (positions, k k C)
        product = new Gemm(context, name, positions, length, last.in(), false, source, false, weights, patches);
        trained = x.grad() != null && judgement.target() != null;
        CudaTensor dLogits = trained ? dLogits(context, name, logits, patches.type()) : null;
        boolean together = judgement.meansOfJudged(images);
        int meanRows = judgement.meanRows();
        judging = judgement.target() == null
                ? null
                : launch(context, shape, judgement, patches, 0, judgement.weights().length, judgement.judgedRows())
                        .pointer(5, CudaTensor.addressOf(bias.value()))
                        .pointer(6, CudaTensor.float32(judgement.target()).address())
                        .pointer(
                                7,
                                together
                                        ? CudaTensor.float32(judgement.mean().value())
                                                .address()
                                        : 0)
                        .pointer(8, CudaTensor.addressOf(dLogits));
        means = meanRows == 0 || together
                ? null
                : launch(context, shape, judgement, patches, images - meanRows, 1, meanRows)
                        .pointer(5, CudaTensor.addressOf(bias.value()))
                        .pointer(6, 0)
                        .pointer(7, CudaTensor.float32(judgement.mean().value()).address())
                        .pointer(8, 0);
        meanGradient =
                trained && judgement.dMean() != null ? LikelihoodOp.meanGradient(context, judgement, dLogits) : null;
        if (!trained) {
            biasGradient = null;
            patching = null;
            inputGradient = null;
            weightGradient = null;
            return;
        }
        biasGradient = new BiasGradient(context, Activation.NONE, null, dLogits, last.out(), bias.grad());
        patching = Patches.launch(context, shape, dLogits.type(), dLogits.address(), patches);
        Operand dInput = Operand.plain(CudaTensor.of(x.grad()));
        inputGradient = new Gemm(context, name, positions, last.in(), length, false, patches, true, weights, dInput);
        weightGradient = weight.grad() == null
                ? null
                : new Gemm(
                        context,
                        name,
                        last.in(),
                        length,
                        positions,
                        true,
                        source,
                        false,
                        patches,
                        Operand.plain(CudaTensor.of(weight.grad())));
    }

    private static CudaTensor dLogits(CudaContext context, String name, Shape shape, CudaTensor.Type type) {
        long address = context.memory().allocate("dLogits of " + name, (long) shape.size() * type.bytes);
        return new CudaTensor("d.logits of " + name, shape, address, type, i -> Layouts.activation(shape, i), 0);
    }

    /**
     * All arguments but bias, target, mean and dLogits.
     *
     * @param contributions of all images
     * @param first image
     * @param blocks that are judged by themselves
     * @param rows of all of them
     */
    private static Launch launch(
            CudaContext context,
            ConvolutionShape shape,
            Judgement judgement,
            Operand contributions,
            int first,
            int blocks,
            int rows) {
        long firstContribution = Patches.size(shape) / shape.images() * first;
        int gridY = Math.min(blocks, MAX_BLOCKS);
        int gridX = Launch.blocks(
                shape.fineSize() / shape.images() * rows / blocks / AT_ONCE + 1, Math.max(1, MAX_BLOCKS / gridY));
        Reduction sums = new Reduction(context, "output", (long) gridX * blocks);
        Kernel kernel = context.kernels().kernel("output_" + contributions.type().suffix);
        Launch launch = new Launch(context, kernel, gridX, gridY, Launch.THREADS, 0);
        long bytes = contributions.type().bytes;
        return LikelihoodOp.begin(context, launch, judgement)
                .pointer(4, contributions.pointer().address() + firstContribution * bytes)
                .pointer(9, LikelihoodOp.termAddress(judgement.terms(), judgement.firstTerm()))
                .pointer(10, sums.partials())
                .pointer(11, sums.counter())
                .i32(12, blocks)
                .i32(13, rows / blocks)
                .i32(14, shape.coarseHeight())
                .i32(15, shape.coarseWidth())
                .i32(16, shape.fineHeight())
                .i32(17, shape.fineWidth())
                .i32(18, shape.fineChannels())
                .i32(19, shape.kernel())
                .i32(20, shape.stride())
                .i32(21, shape.padding());
    }

    @Override
    void runForward() {
        source.cast();
        product.run();
        if (judging != null) judging.run();
        if (means != null) means.run();
    }

    @Override
    void runBackward() {
        requireTrained(trained);
        if (meanGradient != null) meanGradient.run();
        biasGradient.run();
        patching.run();
        if (weightGradient != null) weightGradient.run();
        inputGradient.run();
    }
}
