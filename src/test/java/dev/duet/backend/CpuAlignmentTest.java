package dev.duet.backend;

class CpuAlignmentTest extends AlignmentConformance {
    CpuAlignmentTest() {
        super(TestedBackend.CPU);
    }
}
