package dev.duet.backend;

class CudaLayerBf16Test extends LayerConformance {
    CudaLayerBf16Test() {
        super(TestedBackend.CUDA_BF16);
    }
}
