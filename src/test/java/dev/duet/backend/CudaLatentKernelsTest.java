package dev.duet.backend;

import dev.duet.backend.cuda.CudaVariants;
import dev.duet.backend.cuda.LatentKernels;
import java.util.List;
import java.util.function.Supplier;

/** The separate kernels say the same as the fused ones, and both in any geometry. */
class CudaLatentKernelsTest extends LatentConformance {
    @Override
    protected List<Supplier<Backend>> backends() {
        return List.of(
                LatentKernels.separate(4, 3, 256),
                LatentKernels.separate(1, 1, 32),
                LatentKernels.fused(1, 1, 32),
                LatentKernels.fused(5, 2, 96),
                LatentKernels.fused(40, 1, 160));
    }

    @Override
    protected void afterClose() {
        CudaVariants.assertNoFaults();
    }
}
