package dev.duet.backend;

class CudaAlignmentTest extends AlignmentConformance {
    CudaAlignmentTest() {
        super(TestedBackend.CUDA_KERNELS);
    }
}
