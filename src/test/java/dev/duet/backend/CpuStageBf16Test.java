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
    protected double tolerance() {
        return 2e-2;
    }

    @Override
    protected boolean rounds() {
        return true;
    }

    @Override
    protected float[] storable(float[] values) {
        return RandomValues.bfloat16(values);
    }

    /** Two networks with normalisations of few values, one behind the other, and cosines of what they make. */
    @Override
    protected double stageTolerance() {
        return 0.1;
    }
}
