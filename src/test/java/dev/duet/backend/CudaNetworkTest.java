package dev.duet.backend;

class CudaNetworkTest extends NetworkConformance {
    CudaNetworkTest() {
        super(TestedBackend.CUDA);
    }
}
