package dev.duet.backend.cuda;

import dev.duet.backend.Backend;
import dev.duet.backend.ForwardingBackend;
import dev.duet.backend.LatentPlan;
import dev.duet.backend.LatentSpec;
import dev.duet.backend.Op;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.function.Supplier;

/** The latent part by its separate kernels, or by the fused ones in a geometry that nobody would choose. */
public final class LatentKernels extends ForwardingBackend {
    private final CudaContext context;
    private final boolean fused;
    private final int gridX;
    private final int gridY;
    private final int block;

    private LatentKernels(CudaBackend inner, boolean fused, int gridX, int gridY, int block) {
        super(inner);
        context = inner.context();
        this.fused = fused;
        this.gridX = gridX;
        this.gridY = gridY;
        this.block = block;
    }

    public static Supplier<Backend> fused(int gridX, int gridY, int block) {
        return () -> new LatentKernels(CudaVariants.separate(Precision.FP32), true, gridX, gridY, block);
    }

    public static Supplier<Backend> separate(int gridX, int gridY, int block) {
        return () -> new LatentKernels(CudaVariants.separate(Precision.FP32), false, gridX, gridY, block);
    }

    @Override
    public Op latent(LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
        int rows = eps.shape().get(0);
        long plan = context.copies()
                .place(
                        context.memory(),
                        "plan",
                        LatentPlan.words(spec, rows, heads, codes, CudaTensor::addressOf, this::floats));
        long noise = CudaTensor.addressOf(eps);
        long step = context.step().address();
        Reduction sums = new Reduction(context, "KL terms", (long) gridX * spec.terms());
        if (fused) {
            Launch forward = sum(launch("latent_forward", plan).pointer(1, noise), 2, terms, sums);
            Launch backward = launch("latent_backward", plan).pointer(1, noise).pointer(2, step);
            return op(List.of(forward), List.of(backward));
        }
        long dPosterior = floats(2L * rows * spec.subsets().size() * spec.shared());
        return op(
                List.of(
                        launch("product_of_experts", plan),
                        launch("reparameterise", plan).pointer(1, noise),
                        sum(launch("kl_terms", plan), 1, terms, sums)),
                List.of(
                        launch("reparameterise_backward", plan)
                                .pointer(1, noise)
                                .pointer(2, dPosterior),
                        launch("kl_terms_backward", plan).pointer(1, step).pointer(2, dPosterior),
                        launch("product_of_experts_backward", plan).pointer(1, dPosterior)));
    }

    private long floats(long count) {
        return context.memory().allocate("posteriors", count * Float.BYTES);
    }

    private Launch launch(String kernel, long plan) {
        return new Launch(context, context.kernels().kernel(kernel), gridX, gridY, block, 0).pointer(0, plan);
    }

    private static Launch sum(Launch launch, int first, Tensor terms, Reduction sums) {
        return launch.pointer(first, CudaTensor.addressOf(terms))
                .pointer(first + 1, sums.partials())
                .pointer(first + 2, sums.counter());
    }

    private Op op(List<Launch> forward, List<Launch> backward) {
        return new Op() {
            @Override
            public void forward() {
                forward.forEach(Launch::run);
            }

            @Override
            public void backward() {
                context.step().refresh();
                backward.forEach(Launch::run);
            }
        };
    }
}
