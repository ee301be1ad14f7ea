package dev.duet.backend;

import dev.duet.backend.cpu.CpuBackend.Precision;
import dev.duet.backend.cpu.CpuVariants;
import java.util.List;
import java.util.function.Supplier;

/** Hidden images and the weights that meet them are rounded to 8 bits: 4e-3 each. */
class CpuNormBf16Test extends NormConformance {
    @Override
    protected List<Supplier<Backend>> backends() {
        return CpuVariants.all(Precision.BF16);
    }

    /**
     * The largest error seen is 1.9e-3. What limits the bound is one element relative to its array: 2.3e-2, where that element is
     * the largest by far.
     */
    @Override
    protected double tolerance() {
        return 6e-3;
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
