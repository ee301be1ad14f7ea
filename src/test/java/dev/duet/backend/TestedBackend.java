package dev.duet.backend;

import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.cpu.CpuVariants;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.cuda.CudaVariants;
import dev.duet.backend.cuda.TestDevice;
import java.util.List;
import java.util.function.Supplier;

/** What the conformance classes run on, and what they have to know of it. */
enum TestedBackend {
    CPU {
        @Override
        List<Supplier<Backend>> backends() {
            return CpuVariants.all(CpuBackend.Precision.FP32);
        }
    },
    /** Hidden images and the weights that meet them are rounded to 8 bits: 4e-3 each. */
    CPU_BF16 {
        @Override
        List<Supplier<Backend>> backends() {
            return CpuVariants.all(CpuBackend.Precision.BF16);
        }

        @Override
        boolean rounds() {
            return true;
        }

        @Override
        float[] storable(float[] values) {
            return RandomValues.bfloat16(values);
        }
    },
    /** Duet's own kernels, which sum as plain loops do. */
    CUDA_KERNELS {
        @Override
        List<Supplier<Backend>> backends() {
            return CudaVariants.of(Precision.FP32);
        }
    },
    CUDA {
        @Override
        List<Supplier<Backend>> backends() {
            return CudaVariants.of(Precision.FP32);
        }

        @Override
        double tolerance() {
            return TestDevice.float32(Conformance.TOLERANCE);
        }

        /** The algorithms of real libraries regroup sums. */
        @Override
        boolean rounds() {
            return TestDevice.isReal();
        }
    },
    /** Products round their factors to 11 bits: 5e-4 each. */
    CUDA_TF32 {
        @Override
        List<Supplier<Backend>> backends() {
            return List.of(() -> CudaVariants.arena(Precision.TF32));
        }

        @Override
        double tolerance() {
            return TestDevice.reduced(3e-3, 1e-2);
        }

        @Override
        boolean rounds() {
            return true;
        }
    },
    /** Products round their factors to 8 bits, and so are hidden images stored: 4e-3 each. */
    CUDA_BF16 {
        @Override
        List<Supplier<Backend>> backends() {
            return List.of(
                    () -> CudaVariants.arena(Precision.BF16),
                    () -> CudaVariants.inBlocks(CudaVariants.arena(Precision.BF16), 3, 2, 96));
        }

        @Override
        double tolerance() {
            return TestDevice.reduced(2e-2, 3e-2);
        }

        @Override
        boolean rounds() {
            return true;
        }

        @Override
        float[] storable(float[] values) {
            return RandomValues.bfloat16(values);
        }
    };

    /** Each way in which it can run here, e.g. each instruction set; closed after use. */
    abstract List<Supplier<Backend>> backends();

    /** {@link Conformance#TOLERANCE}, or more where it stores or multiplies numbers of fewer bits. */
    double tolerance() {
        return Conformance.TOLERANCE;
    }

    /**
     * Whether it rounds sums otherwise than plain loops in float32, so that it may see the other sign of a sum near 0 than the
     * reference does: it then gets inputs of which none lies near a kink.
     */
    boolean rounds() {
        return false;
    }

    /** Rounds values, in place, to what it stores of a {@link dev.duet.tensor.Variable}, so that all get the same. */
    float[] storable(float[] values) {
        return values;
    }

    /** Looks at what a device has to tell of the backend that was just closed. */
    void afterClose() {
        if (name().startsWith("CUDA")) CudaVariants.assertNoFaults();
    }
}
