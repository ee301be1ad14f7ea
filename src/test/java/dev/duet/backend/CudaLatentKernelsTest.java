package dev.duet.backend;

import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.cuda.CudaVariants;
import dev.duet.backend.cuda.LatentGeometry;
import dev.duet.tensor.Tensor;
import dev.duet.tensor.Variable;
import java.util.List;
import java.util.function.Supplier;

/** The separate kernels say the same as the fused ones, and those the same in any geometry. */
class CudaLatentKernelsTest extends LatentConformance {
    CudaLatentKernelsTest() {
        super(TestedBackend.CUDA_KERNELS);
    }

    /** The readable kernels in place of the fused ones. */
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
        return List.of(
                () -> new Separate(CudaVariants.separate(Precision.FP32)),
                LatentGeometry.of(1, 1, 32),
                LatentGeometry.of(5, 2, 96),
                LatentGeometry.of(40, 1, 160));
    }
}
