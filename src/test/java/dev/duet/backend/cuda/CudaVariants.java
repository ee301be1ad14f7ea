package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Backend;
import dev.duet.backend.ForwardingBackend;
import dev.duet.backend.cuda.CudaOptions.Precision;
import java.util.List;
import java.util.function.Supplier;

/** The CUDA backend on {@link TestDevice}, its tensors in an arena, each an allocation of its own, and in few threads. */
public final class CudaVariants {
    private CudaVariants() {}

    public static List<Supplier<Backend>> of(Precision precision) {
        return List.of(
                () -> arena(precision), () -> separate(precision), () -> inBlocks(separate(precision), 3, 2, 96));
    }

    /**
     * Kernels in at most {@code gridX} × {@code gridY} blocks of {@code block} threads, whatever the ops choose, until it is
     * closed; on a real GPU as the ops choose.
     */
    public static Backend inBlocks(CudaBackend inner, int gridX, int gridY, int block) {
        if (TestDevice.isReal()) return inner;
        SimCuda.set("geometry", gridX + "," + gridY + "," + block);
        return new ForwardingBackend(inner) {
            @Override
            public void close() {
                SimCuda.set("geometry", "");
                super.close();
            }
        };
    }

    public static CudaBackend arena(Precision precision) {
        return new CudaBackend(TestDevice.options(precision));
    }

    public static CudaBackend separate(Precision precision) {
        return new CudaBackend(separateOptions(precision));
    }

    static CudaOptions separateOptions(Precision precision) {
        return new ChangedOptions(TestDevice.options(precision)).separate(true).get();
    }

    static CudaOptions with(boolean sync, boolean graphs) {
        return new ChangedOptions(TestDevice.options(Precision.FP32))
                .sync(sync)
                .graphs(graphs)
                .get();
    }

    /** With and without branches, tensors in an arena. */
    static CudaOptions branching(Precision precision, boolean graphs, boolean branches) {
        return new ChangedOptions(TestDevice.options(precision))
                .graphs(graphs)
                .branches(branches)
                .get();
    }

    /** The simulated GPU saw nothing wrong since it was last asked: no wrong access, no unwaited read, no leak. */
    public static void assertNoFaults() {
        if (TestDevice.isReal()) return;
        assertThat(SimCuda.faults()).as("faults that the simulated GPU saw").isEmpty();
    }
}
