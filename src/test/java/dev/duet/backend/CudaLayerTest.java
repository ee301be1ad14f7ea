package dev.duet.backend;

class CudaLayerTest extends LayerConformance {
    CudaLayerTest() {
        super(TestedBackend.CUDA);
    }
}
