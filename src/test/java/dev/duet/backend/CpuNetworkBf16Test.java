package dev.duet.backend;

class CpuNetworkBf16Test extends NetworkConformance {
    CpuNetworkBf16Test() {
        super(TestedBackend.CPU_BF16);
    }

    /** The largest error seen is 2.3e-2, of one element relative to its array 6.0e-2. */
    @Override
    protected double networkTolerance() {
        return 3.4e-2;
    }

    /** The largest error seen is 4.3e-3, of one element relative to its array 1.0e-2. */
    @Override
    protected double inferenceTolerance() {
        return 6.5e-3;
    }
}
