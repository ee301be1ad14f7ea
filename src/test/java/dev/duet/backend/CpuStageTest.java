package dev.duet.backend;

import dev.duet.backend.cpu.CpuBackend.Precision;
import dev.duet.backend.cpu.CpuVariants;
import java.util.List;
import java.util.function.Supplier;

class CpuStageTest extends StageConformance {
    @Override
    protected List<Supplier<Backend>> backends() {
        return CpuVariants.all(Precision.FP32);
    }
}
