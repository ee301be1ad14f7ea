package dev.duet.backend;

class CpuNormTest extends NormConformance {
    CpuNormTest() {
        super(TestedBackend.CPU);
    }
}
