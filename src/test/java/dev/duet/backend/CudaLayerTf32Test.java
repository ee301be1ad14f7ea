package dev.duet.backend;

class CudaLayerTf32Test extends LayerConformance {
    CudaLayerTf32Test() {
        super(TestedBackend.CUDA_TF32);
    }
}
