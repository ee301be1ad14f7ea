package dev.duet.backend.cpu;

import dev.duet.backend.Ranges;
import java.util.Map;
import java.util.Optional;

/** Ranges that Nsight Systems and Nsight Compute show, through NVIDIA's library for them (NVTX). */
public final class NvtxRanges implements Ranges {
    /** The profilers set it for the processes that they start; the library looks there for whom to tell. */
    public static final String ATTACHED = "NVTX_INJECTION64_PATH";

    /** Part of the CUDA toolkit, found where the dynamic linker looks. */
    public static final String LIBRARY = "libnvToolsExt.so.1";

    private NvtxRanges() {}

    /** Whether a profiler started this process, by its environment. */
    public static boolean attached(Map<String, String> environment) {
        return !environment.getOrDefault(ATTACHED, "").isEmpty();
    }

    /** @param library name or path; empty if it cannot be loaded */
    public static Optional<Ranges> open(String library) {
        return CpuKernels.openRanges(library) ? Optional.of(new NvtxRanges()) : Optional.empty();
    }

    @Override
    public void push(String name) {
        CpuKernels.pushRange(name);
    }

    @Override
    public void pop() {
        CpuKernels.popRange();
    }
}
