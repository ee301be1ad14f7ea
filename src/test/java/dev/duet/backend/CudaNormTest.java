package dev.duet.backend;

class CudaNormTest extends NormConformance {
    CudaNormTest() {
        super(TestedBackend.CUDA);
    }
}
