package dev.duet.backend.cuda;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUcontext;

/** An NVIDIA GPU with its libraries loaded and its primary context current on the thread that opened it. */
final class CudaDevice implements AutoCloseable {
    private CudaDevice() {}

    /**
     * Loads driver and libraries, checks that they can compute, and makes the GPU's primary context current.
     *
     * @param ordinal of the GPU, from 0
     * @param home folder with the CUDA libraries, or null to look in the usual places
     * @throws CudaUnavailable with every reason found
     */
    static CudaDevice open(int ordinal, Path home) {
        throw new CudaUnavailable(List.of("the CUDA loader is not here yet"));
    }

    /** Such as {@code NVIDIA H100 80GB HBM3}. */
    String name() {
        throw new IllegalStateException("no device");
    }

    /** Compute capability as two digits, e.g. 90 for 9.0. */
    int capability() {
        throw new IllegalStateException("no device");
    }

    /** Memory of the GPU. */
    long totalBytes() {
        throw new IllegalStateException("no device");
    }

    /** The primary context, retained until {@link #close()}. */
    CUcontext context() {
        throw new IllegalStateException("no device");
    }

    /** Version by name: driver, cuBLAS, cuDNN, JCuda. */
    Map<String, String> versions() {
        throw new IllegalStateException("no device");
    }

    @Override
    public void close() {
        throw new IllegalStateException("no device");
    }
}
