package dev.duet.backend;

import dev.duet.backend.cpu.CpuBackend.Precision;
import dev.duet.backend.cpu.CpuVariants;
import java.util.List;
import java.util.function.Supplier;

/**
 * Hidden images and the weights that meet them are rounded to 8 bits: 4e-3 each. The largest error seen is 4.0e-3, of one element
 * relative to its array 3.4e-2.
 */
class CpuLayerBf16Test extends LayerConformance {
    @Override
    protected List<Supplier<Backend>> backends() {
        return CpuVariants.all(Precision.BF16);
    }

    @Override
    protected double tolerance() {
        return 1e-2;
    }

    @Override
    protected boolean rounds() {
        return true;
    }

    @Override
    protected float[] storable(float[] values) {
        return RandomValues.bfloat16(values);
    }
}
