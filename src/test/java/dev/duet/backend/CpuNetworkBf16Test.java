package dev.duet.backend;

import dev.duet.backend.cpu.CpuBackend.Precision;
import dev.duet.backend.cpu.CpuVariants;
import java.util.List;
import java.util.function.Supplier;

/** Hidden images and the weights that meet them are rounded to 8 bits: 4e-3 each. */
class CpuNetworkBf16Test extends NetworkConformance {
    @Override
    protected List<Supplier<Backend>> backends() {
        return CpuVariants.all(Precision.BF16);
    }

    /** The largest error seen is 2.3e-2, of one element relative to its array 6.0e-2. */
    @Override
    protected double networkTolerance() {
        return 3.4e-2;
    }

    /** The largest error seen is 4.3e-3, of one element relative to its array 1.0e-2. */
    @Override
    protected double inferenceTolerance() {
        return 6.5e-3;
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
