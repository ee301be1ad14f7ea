package dev.duet.backend;

class CpuLayerTest extends LayerConformance {
    CpuLayerTest() {
        super(TestedBackend.CPU);
    }
}
