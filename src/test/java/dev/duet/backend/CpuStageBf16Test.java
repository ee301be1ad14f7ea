package dev.duet.backend;

import dev.duet.backend.cpu.CpuBackend.Precision;
import dev.duet.backend.cpu.CpuVariants;
import java.util.List;
import java.util.function.Supplier;

/** Hidden images and the weights that meet them are rounded to 8 bits: 4e-3 each. */
class CpuStageBf16Test extends StageConformance {
    @Override
    protected List<Supplier<Backend>> backends() {
        return CpuVariants.all(Precision.BF16);
    }

    @Override
    protected boolean rounds() {
        return true;
    }

    @Override
    protected float[] storable(float[] values) {
        return RandomValues.bfloat16(values);
    }

    /**
     * Two networks with normalisations of few values, one behind the other, and cosines of what they make. The largest error seen
     * is 1.5e-2, of one element relative to its array 3.1e-2.
     */
    @Override
    protected double stageTolerance() {
        return 2.2e-2;
    }

    /** The largest error seen is 2.3e-3, in a KL term. */
    @Override
    protected double termTolerance() {
        return 3.4e-3;
    }
}
