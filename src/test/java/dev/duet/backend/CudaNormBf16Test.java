package dev.duet.backend;

class CudaNormBf16Test extends NormConformance {
    CudaNormBf16Test() {
        super(TestedBackend.CUDA_BF16);
    }
}
