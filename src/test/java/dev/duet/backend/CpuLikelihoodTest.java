package dev.duet.backend;

class CpuLikelihoodTest extends LikelihoodConformance {
    CpuLikelihoodTest() {
        super(TestedBackend.CPU);
    }
}
