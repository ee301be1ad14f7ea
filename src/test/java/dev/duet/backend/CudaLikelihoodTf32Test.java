package dev.duet.backend;

class CudaLikelihoodTf32Test extends LikelihoodConformance {
    CudaLikelihoodTf32Test() {
        super(TestedBackend.CUDA_TF32);
    }
}
