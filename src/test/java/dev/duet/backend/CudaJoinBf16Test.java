package dev.duet.backend;

class CudaJoinBf16Test extends JoinConformance {
    CudaJoinBf16Test() {
        super(TestedBackend.CUDA_BF16);
    }
}
