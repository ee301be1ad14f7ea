package dev.duet.objective;

import dev.duet.backend.Backend;
import dev.duet.backend.cpu.CpuVariants;
import dev.duet.backend.cpu.Isa;
import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.cuda.CudaVariants;
import dev.duet.backend.reference.ReferenceBackend;

/**
 * The backends that value tests and golden steps run on: the CPU's in each instruction set, as far as the machine has it, and
 * the GPU's on a simulated one.
 */
public enum TestBackends {
    REFERENCE,
    CPU_SCALAR,
    CPU_AVX2,
    CPU_AVX512,
    CUDA_SIMULATED;

    /** A fresh backend, to be closed by the caller. */
    public Backend make() {
        return switch (this) {
            case REFERENCE -> new ReferenceBackend();
            case CPU_SCALAR -> CpuVariants.upTo(Isa.SCALAR);
            case CPU_AVX2 -> CpuVariants.upTo(Isa.AVX2);
            case CPU_AVX512 -> CpuVariants.upTo(Isa.AVX512);
            case CUDA_SIMULATED -> CudaVariants.separate(Precision.FP32);
        };
    }
}
