package dev.duet.backend;

class CpuLatentTest extends LatentConformance {
    CpuLatentTest() {
        super(TestedBackend.CPU);
    }
}
