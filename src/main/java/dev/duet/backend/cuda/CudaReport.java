package dev.duet.backend.cuda;

import java.util.List;

/**
 * What was found of GPUs and of the libraries to compute on them.
 *
 * @param driver version of CUDA that the driver speaks, e.g. {@code 12.6}; empty if it could not be asked
 * @param kernelModule version of the driver, e.g. {@code 560.35.05}; empty if it is not loaded
 * @param gpus all that the driver shows
 * @param libraries those loaded
 * @param reasons why the GPU asked for cannot be used; empty if it can
 */
public record CudaReport(
        String driver, String kernelModule, List<Gpu> gpus, List<Library> libraries, List<String> reasons) {
    public CudaReport {
        gpus = List.copyOf(gpus);
        libraries = List.copyOf(libraries);
        reasons = List.copyOf(reasons);
    }

    /**
     * A GPU.
     *
     * @param name such as {@code NVIDIA H100 80GB HBM3}
     * @param capability compute capability, two digits: 90 for 9.0
     * @param totalBytes its memory
     */
    public record Gpu(int ordinal, String name, int capability, long totalBytes) {}

    /**
     * A library.
     *
     * @param name such as {@code cuDNN}
     * @param version in its maker's form; empty if unknown
     * @param origin the folder or file it was taken from
     */
    public record Library(String name, String version, String origin) {}

    /** Whether Duet can compute on the GPU asked for. */
    public boolean usable() {
        return reasons.isEmpty();
    }
}
