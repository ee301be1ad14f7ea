package dev.duet.backend;

import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.cuda.CudaVariants;
import dev.duet.backend.cuda.TestDevice;
import java.util.List;
import java.util.function.Supplier;

class CudaStageTest extends StageConformance {
    @Override
    protected List<Supplier<Backend>> backends() {
        return CudaVariants.of(Precision.FP32);
    }

    @Override
    protected double tolerance() {
        return TestDevice.float32(TOLERANCE);
    }

    /** The algorithms of real libraries regroup sums. */
    @Override
    protected boolean rounds() {
        return TestDevice.isReal();
    }

    @Override
    protected void afterClose() {
        CudaVariants.assertNoFaults();
    }
}
