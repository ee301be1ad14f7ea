package dev.duet.backend;

class CpuNormBf16Test extends NormConformance {
    CpuNormBf16Test() {
        super(TestedBackend.CPU_BF16);
    }

    /**
     * The largest error seen is 1.9e-3. What limits the bound is one element relative to its array: 2.3e-2, where that element is
     * the largest by far.
     */
    @Override
    protected double tolerance() {
        return 6e-3;
    }
}
