package dev.duet.backend;

class CudaLikelihoodBf16Test extends LikelihoodConformance {
    CudaLikelihoodBf16Test() {
        super(TestedBackend.CUDA_BF16);
    }
}
