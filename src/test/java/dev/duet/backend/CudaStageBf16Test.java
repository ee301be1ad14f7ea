package dev.duet.backend;

import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.cuda.CudaVariants;
import dev.duet.backend.cuda.TestDevice;
import java.util.List;
import java.util.function.Supplier;

/** Products round their factors to 8 bits, and so are hidden images stored: 4e-3 each. */
class CudaStageBf16Test extends StageConformance {
    @Override
    protected List<Supplier<Backend>> backends() {
        return List.of(
                () -> CudaVariants.arena(Precision.BF16),
                () -> CudaVariants.inBlocks(CudaVariants.arena(Precision.BF16), 3, 2, 96));
    }

    @Override
    protected double tolerance() {
        return TestDevice.reduced(2e-2, 3e-2);
    }

    @Override
    protected boolean rounds() {
        return true;
    }

    @Override
    protected float[] storable(float[] values) {
        return RandomValues.bfloat16(values);
    }

    @Override
    protected void afterClose() {
        CudaVariants.assertNoFaults();
    }

    /** Two networks with normalisations of few values, one behind the other, and cosines of what they make. */
    @Override
    protected double stageTolerance() {
        return 0.1;
    }
}
