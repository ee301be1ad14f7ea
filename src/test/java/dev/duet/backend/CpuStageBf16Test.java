package dev.duet.backend;

class CpuStageBf16Test extends StageConformance {
    CpuStageBf16Test() {
        super(TestedBackend.CPU_BF16);
    }

    /**
     * Two networks with normalisations of few values, one behind the other, and cosines of what they make. The largest error seen
     * is 1.5e-2, of one element relative to its array 3.1e-2.
     */
    @Override
    protected double stageTolerance() {
        return 2.2e-2;
    }

    /** The largest error seen is 2.3e-3, in a KL term. */
    @Override
    protected double termTolerance() {
        return 3.4e-3;
    }
}
