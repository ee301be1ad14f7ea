package dev.duet.backend;

class CudaAugmentTest extends AugmentConformance {
    CudaAugmentTest() {
        super(TestedBackend.CUDA_KERNELS);
    }
}
