package dev.duet.backend;

class CudaLatentTest extends LatentConformance {
    CudaLatentTest() {
        super(TestedBackend.CUDA_KERNELS);
    }
}
