package dev.duet.backend;

class CudaNetworkBf16Test extends NetworkConformance {
    CudaNetworkBf16Test() {
        super(TestedBackend.CUDA_BF16);
    }
}
