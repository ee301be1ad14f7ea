package dev.duet.backend;

class CpuJoinBf16Test extends JoinConformance {
    CpuJoinBf16Test() {
        super(TestedBackend.CPU_BF16);
    }

    /** Of several layers. The largest error seen is 3.6e-3, of one element relative to its array 1.6e-2. */
    @Override
    protected double tolerance() {
        return 5.5e-3;
    }

    /**
     * The largest error seen is 1.8e-3, of forks 3.0e-3. What limits the bound is one element relative to its array: 1.5e-2, where
     * that element is the largest by far.
     */
    @Override
    protected double oneRounding() {
        return 4e-3;
    }
}
