package dev.duet.backend;

import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.cuda.CudaVariants;
import java.util.List;
import java.util.function.Supplier;

/** Images and their gradients are stored in 8 bits: 4e-3 each. */
class CudaAugmentBf16Test extends AugmentConformance {
    CudaAugmentBf16Test() {
        super(TestedBackend.CUDA_KERNELS);
    }

    @Override
    protected List<Supplier<Backend>> backends() {
        return CudaVariants.of(Precision.BF16);
    }

    @Override
    protected double augmentTolerance() {
        return 4e-3;
    }

    @Override
    protected float[] storable(float[] values) {
        return RandomValues.bfloat16(values);
    }
}
