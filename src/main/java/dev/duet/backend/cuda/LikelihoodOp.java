package dev.duet.backend.cuda;

import dev.duet.backend.LikelihoodArguments;
import dev.duet.backend.LikelihoodSpec;
import dev.duet.tensor.Shape;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;

/** A likelihood of logits, with their gradient. */
final class LikelihoodOp extends CudaOp {
    /** Of the whole grid. */
    private static final int MAX_BLOCKS = 512;

    private final Launch launch;
    private final boolean trained;

    LikelihoodOp(
            CudaContext context,
            LikelihoodSpec spec,
            double[] weights,
            Variable logits,
            Tensor target,
            Tensor mean,
            Tensor terms,
            int firstTerm) {
        super(context, "likelihood of " + CudaTensor.of(logits.value()));
        Shape shape = logits.shape();
        int blocks = weights.length;
        LikelihoodArguments.check(shape, blocks, target, mean, terms, firstTerm);
        trained = logits.grad() != null && target != null;
        CudaTensor values = CudaTensor.of(logits.value());
        long blockSize = shape.size() / blocks;
        long threads = blockSize * values.type().bytes / 16; // 16 bytes each
        int gridY = Math.min(blocks, MAX_BLOCKS);
        int gridX = Launch.blocks(threads, Math.max(1, MAX_BLOCKS / gridY));
        Reduction sums = new Reduction(context, "likelihood", (long) gridX * blocks);
        Kernel kernel = context.kernels().kernel("likelihood_" + values.type().suffix);
        launch = begin(context, new Launch(context, kernel, gridX, gridY, Launch.THREADS, 0), spec, weights)
                .pointer(4, values.address())
                .pointer(5, CudaTensor.addressOf(target))
                .pointer(6, CudaTensor.addressOf(mean))
                .pointer(7, CudaTensor.addressOf(logits.grad()))
                .pointer(8, termAddress(terms, firstTerm))
                .pointer(9, sums.partials())
                .pointer(10, sums.counter())
                .i32(11, blocks)
                .i64(12, blockSize);
    }

    /** The arguments that the kernels of all likelihoods begin with. */
    static Launch begin(CudaContext context, Launch launch, LikelihoodSpec spec, double[] weights) {
        return launch.i32(0, LikelihoodArguments.code(spec.kind()))
                .f32(1, (float) (1 / spec.scale()))
                .f32(2, (float) Math.log(2 * spec.scale()))
                .pointer(3, context.copies().place(context.memory(), "weights of the likelihood", floats(weights)));
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
        launch.run();
    }

    /** Forward has left dLogits already. */
    @Override
    void runBackward() {
        requireTrained(trained);
    }
}
