package dev.duet.backend;

class CpuAugmentTest extends AugmentConformance {
    CpuAugmentTest() {
        super(TestedBackend.CPU);
    }
}
