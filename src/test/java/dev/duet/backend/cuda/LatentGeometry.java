package dev.duet.backend.cuda;

import dev.duet.backend.Backend;
import dev.duet.backend.ForwardingBackend;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Op;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.function.Supplier;

/** The fused kernels of the latent part in a geometry that nobody would choose. */
public final class LatentGeometry extends ForwardingBackend {
    private final CudaContext context;
    private final int gridX;
    private final int gridY;
    private final int block;

    private LatentGeometry(CudaBackend inner, int gridX, int gridY, int block) {
        super(inner);
        context = inner.context();
        this.gridX = gridX;
        this.gridY = gridY;
        this.block = block;
    }

    /** @param block threads of a block of the grid (gridX, gridY) */
    public static Supplier<Backend> of(int gridX, int gridY, int block) {
        return () -> new LatentGeometry(CudaVariants.separate(Precision.FP32), gridX, gridY, block);
    }

    @Override
    public Op latent(LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        long plan = LatentOp.plan(context, spec, eps.shape().get(0), heads, codes);
        Reduction sums = new Reduction(context, "KL terms", (long) gridX * spec.terms());
        Launch forward = launch("latent_forward", plan, eps)
                .pointer(2, CudaTensor.addressOf(terms))
                .pointer(3, sums.partials())
                .pointer(4, sums.counter());
        Launch backward =
                launch("latent_backward", plan, eps).pointer(2, context.step().address());
        return new Op() {
            @Override
            public void forward() {
                forward.run();
            }

            @Override
            public void backward() {
                context.step().refresh();
                backward.run();
            }
        };
    }

    private Launch launch(String kernel, long plan, Tensor eps) {
        return new Launch(context, context.kernels().kernel(kernel), gridX, gridY, block, 0)
                .pointer(0, plan)
                .pointer(1, CudaTensor.addressOf(eps));
    }
}
