package dev.duet.backend;

class CpuLikelihoodBf16Test extends LikelihoodConformance {
    CpuLikelihoodBf16Test() {
        super(TestedBackend.CPU_BF16);
    }

    @Override
    protected double tolerance() {
        return 1e-2;
    }
}
