package dev.duet.backend;

class CudaStageTest extends StageConformance {
    CudaStageTest() {
        super(TestedBackend.CUDA);
    }
}
