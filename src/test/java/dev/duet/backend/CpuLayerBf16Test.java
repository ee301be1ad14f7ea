package dev.duet.backend;

/**
 * Hidden images and the weights that meet them are rounded to 8 bits: 4e-3 each. The largest error seen is 4.0e-3, of one element
 * relative to its array 3.4e-2.
 */
class CpuLayerBf16Test extends LayerConformance {
    CpuLayerBf16Test() {
        super(TestedBackend.CPU_BF16);
    }

    @Override
    protected double tolerance() {
        return 1e-2;
    }
}
