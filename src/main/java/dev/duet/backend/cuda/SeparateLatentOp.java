package dev.duet.backend.cuda;

import dev.duet.backend.LatentPlan;
import dev.duet.backend.LatentSpec;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;

/** The latent part as three readable kernels each way, with the posteriors and their gradients in memory between them. */
final class SeparateLatentOp extends CudaOp {
    private final List<Launch> forward;
    private final List<Launch> backward;

    /** As for {@link LatentOp}; heads and codes have gradients. */
    SeparateLatentOp(
            CudaContext context,
            LatentSpec spec,
            List<Variable> heads,
            Tensor eps,
            List<Variable> codes,
            Tensor terms) {
        super(
                context,
                "separate latent part of " + heads.size() + " heads "
                        + heads.get(0).shape());
        int rows = eps.shape().get(0);
        LatentPlan.check(spec, rows, heads, eps, codes, terms);
        long plan = LatentOp.plan(context, spec, rows, heads, codes);
        long noise = CudaTensor.float32(eps).address();
        long elements = (long) rows * Math.max(spec.shared(), LatentOp.widestPrivate(spec));
        int sumBlocks = Launch.blocks(elements, LatentOp.MAX_FORWARD_BLOCKS);
        int blocks = Launch.blocks(elements, LatentOp.MAX_BACKWARD_BLOCKS);
        Reduction sums = new Reduction(context, "separate KL terms", (long) sumBlocks * spec.terms());
        long posteriors = (long) spec.subsets().size() * rows * 2 * spec.shared();
        long dPosterior = context.memory().allocate("gradients of the posteriors", posteriors * Float.BYTES);
        forward = List.of(
                launch(context, "product_of_experts", blocks, spec.subsets().size())
                        .pointer(0, plan),
                launch(context, "reparameterise", blocks, spec.terms())
                        .pointer(0, plan)
                        .pointer(1, noise),
                launch(context, "kl_terms", sumBlocks, spec.terms())
                        .pointer(0, plan)
                        .pointer(1, CudaTensor.float32(terms).address())
                        .pointer(2, sums.partials())
                        .pointer(3, sums.counter()));
        backward = List.of(
                launch(context, "reparameterise_backward", blocks, spec.terms())
                        .pointer(0, plan)
                        .pointer(1, noise)
                        .pointer(2, dPosterior),
                launch(context, "kl_terms_backward", blocks, spec.terms())
                        .pointer(0, plan)
                        .pointer(1, context.step().address())
                        .pointer(2, dPosterior),
                launch(context, "product_of_experts_backward", blocks, spec.modalities())
                        .pointer(0, plan)
                        .pointer(1, dPosterior));
    }

    private static Launch launch(CudaContext context, String kernel, int columns, int rows) {
        return new Launch(context, context.kernels().kernel(kernel), columns, rows, Launch.THREADS, 0);
    }

    @Override
    void runForward() {
        for (int i = 0; i < forward.size(); i++) forward.get(i).run();
    }

    @Override
    void runBackward() {
        context.step().refresh();
        for (int i = 0; i < backward.size(); i++) backward.get(i).run();
    }
}
