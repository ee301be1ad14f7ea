package dev.duet.backend;

import dev.duet.backend.cuda.CudaOptions.Precision;
import dev.duet.backend.cuda.CudaVariants;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

class CudaSmallOpsTest extends SmallOpsConformance {
    CudaSmallOpsTest() {
        super(TestedBackend.CUDA_KERNELS);
    }

    @Override
    protected List<Supplier<Backend>> backends() {
        List<Supplier<Backend>> all = new ArrayList<>(CudaVariants.of(Precision.FP32));
        all.add(() -> CudaVariants.inBlocks(CudaVariants.separate(Precision.FP32), 1, 1, 32));
        return all;
    }
}
