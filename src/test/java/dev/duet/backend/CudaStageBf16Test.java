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

    /**
     * Two networks with normalisations of few values, one behind the other, and cosines of what they make. The largest error seen
     * on the simulated device is 2.0e-2, of one element relative to its array 6.3e-2; a real one has not been measured.
     */
    @Override
    protected double stageTolerance() {
        return TestDevice.reduced(3e-2, 0.1);
    }

    /** The largest error seen on the simulated device is 7.0e-3, in a KL term; a real one has not been measured. */
    @Override
    protected double termTolerance() {
        return TestDevice.reduced(1.05e-2, 3e-2);
    }
}
