package dev.duet.backend;

class CpuSmallOpsTest extends SmallOpsConformance {
    CpuSmallOpsTest() {
        super(TestedBackend.CPU);
    }
}
