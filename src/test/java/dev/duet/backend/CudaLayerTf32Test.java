package dev.duet.backend;

import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.cuda.CudaVariants;
import dev.duet.backend.cuda.TestDevice;
import java.util.List;
import java.util.function.Supplier;

/** Products round their factors to 11 bits: 5e-4 each. */
class CudaLayerTf32Test extends LayerConformance {
    @Override
    protected List<Supplier<Backend>> backends() {
        return List.of(() -> CudaVariants.arena(Precision.TF32));
    }

    @Override
    protected double tolerance() {
        return TestDevice.reduced(3e-3, 1e-2);
    }

    @Override
    protected boolean rounds() {
        return true;
    }

    @Override
    protected void afterClose() {
        CudaVariants.assertNoFaults();
    }
}
