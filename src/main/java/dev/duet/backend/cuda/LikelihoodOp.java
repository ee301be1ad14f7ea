package dev.duet.backend.cuda;

import dev.duet.backend.Judgement;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** A likelihood of logits, with their gradient. */
final class LikelihoodOp extends CudaOp {
    /** Of the whole grid. */
    private static final int MAX_BLOCKS = 512;

    private final Launch judging; // null without a target
    private final Launch means; // null without means, or where judging gives them
    private final Launch meanGradient; // null without their gradient
    private final boolean trained;

    LikelihoodOp(CudaContext context, Judgement judgement, Variable logits) {
        super(context, "likelihood of " + CudaTensor.of(logits.value()));
        Shape shape = logits.shape();
        judgement.check(shape, logits.grad() != null);
        trained = logits.grad() != null && judgement.target() != null;
        CudaTensor values = CudaTensor.of(logits.value());
        int image = shape.size() / shape.get(0);
        boolean together = judgement.meansOfJudged(shape.get(0));
        judging = judgement.target() == null
                ? null
                : launch(context, judgement, values, 0, judgement.weights().length, judgement.judgedRows() * image)
                        .pointer(5, CudaTensor.float32(judgement.target()).address())
                        .pointer(
                                6,
                                together
                                        ? CudaTensor.float32(judgement.mean().value())
                                                .address()
                                        : 0)
                        .pointer(7, CudaTensor.addressOf(logits.grad()));
        int meanSize = judgement.meanRows() * image;
        means = meanSize == 0 || together
                ? null
                : launch(context, judgement, values, shape.size() - meanSize, 1, meanSize)
                        .pointer(5, 0)
                        .pointer(6, CudaTensor.float32(judgement.mean().value()).address())
                        .pointer(7, 0);
        meanGradient = judgement.dMean() == null || !trained
                ? null
                : meanGradient(context, judgement, CudaTensor.of(logits.grad()));
    }

    /**
     * All arguments but target, mean and dLogits.
     *
     * @param first number of the first logit
     * @param blocks that are judged by themselves
     * @param size of all of them
     */
    private static Launch launch(
            CudaContext context, Judgement judgement, CudaTensor logits, int first, int blocks, int size) {
        int blockSize = size / blocks;
        long threads = (long) blockSize * logits.type().bytes / 16; // 16 bytes each
        int gridY = Math.min(blocks, MAX_BLOCKS);
        int gridX = Launch.blocks(threads, Math.max(1, MAX_BLOCKS / gridY));
        Reduction sums = new Reduction(context, "likelihood", (long) gridX * blocks);
        Kernel kernel = context.kernels().kernel("likelihood_" + logits.type().suffix);
        return begin(context, new Launch(context, kernel, gridX, gridY, Launch.THREADS, 0), judgement)
                .pointer(4, logits.address() + (long) first * logits.type().bytes)
                .pointer(8, termAddress(judgement.terms(), judgement.firstTerm()))
                .pointer(9, sums.partials())
                .pointer(10, sums.counter())
                .i32(11, blocks)
                .i64(12, blockSize);
    }

    /** Into the last of {@code dLogits}. */
    static Launch meanGradient(CudaContext context, Judgement judgement, CudaTensor dLogits) {
        int count = judgement.mean().shape().size();
        long first = dLogits.shape().size() - (long) count;
        Kernel kernel = context.kernels().kernel("mean_gradient_" + dLogits.type().suffix);
        return new Launch(context, kernel, Launch.blocks(count, MAX_BLOCKS), Launch.THREADS)
                .pointer(0, CudaTensor.float32(judgement.mean().value()).address())
                .pointer(1, CudaTensor.float32(judgement.dMean()).address())
                .pointer(2, dLogits.address() + first * dLogits.type().bytes)
                .i64(3, count);
    }

    /** The arguments that the kernels of all likelihoods begin with. */
    static Launch begin(CudaContext context, Launch launch, Judgement judgement) {
        LikelihoodSpec spec = judgement.likelihood();
        float[] weights = floats(judgement.weights());
        return launch.i32(0, spec.kind().code())
                .f32(1, (float) (1 / spec.scale()))
                .f32(2, (float) Math.log(2 * spec.scale()))
                .pointer(3, context.copies().place(context.memory(), "weights of the likelihood", weights));
    }

    /** 0 without terms. */
    static long termAddress(Tensor terms, int firstTerm) {
        return terms == null ? 0 : CudaTensor.float32(terms).address() + (long) firstTerm * Float.BYTES;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) floats[i] = (float) values[i];
        return floats;
    }

    @Override
    void runForward() {
        if (judging != null) judging.run();
        if (means != null) means.run();
    }

    /** Forward has left dLogits of the judged rows already. */
    @Override
    void runBackward() {
        requireTrained(trained);
        if (meanGradient != null) meanGradient.run();
    }
}
