package dev.duet.backend;

import dev.duet.backend.cuda.TestDevice;

class CudaStageBf16Test extends StageConformance {
    CudaStageBf16Test() {
        super(TestedBackend.CUDA_BF16);
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
