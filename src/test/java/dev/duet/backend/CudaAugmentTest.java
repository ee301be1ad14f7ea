package dev.duet.backend;

import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.cuda.CudaVariants;
import java.util.List;
import java.util.function.Supplier;

class CudaAugmentTest extends AugmentConformance {
    @Override
    protected List<Supplier<Backend>> backends() {
        return CudaVariants.of(Precision.FP32);
    }

    @Override
    protected void afterClose() {
        CudaVariants.assertNoFaults();
    }
}
