package dev.duet.backend;

class CpuNetworkTest extends NetworkConformance {
    CpuNetworkTest() {
        super(TestedBackend.CPU);
    }
}
