package dev.duet.backend;

class CudaJoinTest extends JoinConformance {
    CudaJoinTest() {
        super(TestedBackend.CUDA);
    }
}
