package dev.duet.backend;

class CpuJoinTest extends JoinConformance {
    CpuJoinTest() {
        super(TestedBackend.CPU);
    }
}
