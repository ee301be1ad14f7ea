package dev.duet.backend;

import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.cuda.CudaVariants;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.function.Supplier;

/** The readable kernels of the latent part in place of the fused ones. */
class CudaSeparateLatentTest extends LatentConformance {
    private static final class Separate extends ForwardingBackend {
        Separate(Backend inner) {
            super(inner);
        }

        @Override
        public Op latent(LatentSpec spec, List<Variable> heads, Tensor eps, List<Variable> codes, Tensor terms) {
            return inner.separateLatent(spec, heads, eps, codes, terms).orElseThrow();
        }
    }

    @Override
    protected List<Supplier<Backend>> backends() {
        return List.of(() -> new Separate(CudaVariants.separate(Precision.FP32)));
    }

    @Override
    protected void afterClose() {
        CudaVariants.assertNoFaults();
    }
}
