package dev.duet.backend;

class CpuStageTest extends StageConformance {
    CpuStageTest() {
        super(TestedBackend.CPU);
    }
}
