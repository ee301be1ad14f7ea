package dev.duet.backend.cuda;

import dev.duet.backend.LatentPlan;
import dev.duet.backend.LatentSpec;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The latent part as one fused kernel each way; the kernel finds its tensors in a {@link LatentPlan}. */
final class LatentOp extends CudaOp {
    /** More rows of partial sums take the last block longer to add up. */
    static final int MAX_FORWARD_BLOCKS = 64;

    static final int MAX_BACKWARD_BLOCKS = 512;

    private final Launch forward;
    private final Launch backward;
    private final boolean trained;

    LatentOp(
            CudaContext context,
            LatentSpec spec,
            List<Variable> heads,
            Tensor eps,
            List<Variable> codes,
            Tensor terms) {
        super(
                context,
                "latent part of " + heads.size() + " heads " + heads.get(0).shape());
        int rows = eps.shape().get(0);
        LatentPlan.check(spec, rows, heads, eps, codes, terms);
        trained = Stream.concat(heads.stream(), codes.stream()).allMatch(variable -> variable.grad() != null);
        long plan = plan(context, spec, rows, heads, codes);
        int privates = widestPrivate(spec);
        int grid = Launch.blocks((long) rows * Math.max(spec.shared(), privates), MAX_FORWARD_BLOCKS);
        Reduction sums = new Reduction(context, "KL terms", (long) grid * spec.terms());
        forward = new Launch(context, context.kernels().kernel("latent_forward"), grid, spec.terms(), Launch.THREADS, 0)
                .pointer(0, plan)
                .pointer(1, CudaTensor.float32(eps).address())
                .pointer(2, CudaTensor.float32(terms).address())
                .pointer(3, sums.partials())
                .pointer(4, sums.counter());
        int backwardGrid = Launch.blocks((long) rows * (spec.shared() + privates), MAX_BACKWARD_BLOCKS);
        Kernel kernel = context.kernels().kernel("latent_backward");
        backward = new Launch(context, kernel, backwardGrid, spec.modalities(), Launch.THREADS, 0)
                .pointer(0, plan)
                .pointer(1, CudaTensor.float32(eps).address())
                .pointer(2, context.step().address());
    }

    /** The most dimensions of a private code. */
    static int widestPrivate(LatentSpec spec) {
        return IntStream.range(0, spec.modalities())
                .map(spec.privates()::get)
                .max()
                .orElse(0);
    }

    /** Address of the {@link LatentPlan} over these tensors, with posteriors of its own. */
    static long plan(CudaContext context, LatentSpec spec, int rows, List<Variable> heads, List<Variable> codes) {
        long[] words = LatentPlan.words(
                spec,
                rows,
                heads,
                codes,
                tensor -> tensor == null ? 0 : CudaTensor.float32(tensor).address(),
                floats -> context.memory().allocate("posteriors", floats * Float.BYTES));
        return context.copies().place(context.memory(), "plan of the latent part", words);
    }

    @Override
    void runForward() {
        forward.run();
    }

    @Override
    void runBackward() {
        requireTrained(trained);
        context.step().refresh();
        backward.run();
    }
}
