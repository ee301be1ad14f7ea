package dev.duet.backend;

class CudaLikelihoodTest extends LikelihoodConformance {
    CudaLikelihoodTest() {
        super(TestedBackend.CUDA);
    }
}
