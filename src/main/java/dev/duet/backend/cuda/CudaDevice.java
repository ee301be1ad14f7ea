package dev.duet.backend.cuda;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;

/** An NVIDIA GPU with its libraries loaded and its primary context current on the thread that opened it. */
final class CudaDevice implements AutoCloseable {
    private final CUdevice device;
    private final CUcontext context;
    private final CudaReport.Gpu gpu;
    private final Map<String, String> versions;
    private boolean open = true;

    CudaDevice(CUdevice device, CUcontext context, CudaReport.Gpu gpu, Map<String, String> versions) {
        this.device = device;
        this.context = context;
        this.gpu = gpu;
        this.versions = Collections.unmodifiableMap(versions);
    }

    /**
     * Loads driver and libraries, checks that they can compute, and makes the GPU's primary context current.
     *
     * @param ordinal of the GPU, from 0
     * @param home folder with the CUDA libraries, or null to look in the usual places
     * @throws CudaUnavailable with every reason found
     */
    static CudaDevice open(int ordinal, Path home) {
        return CudaProbe.open(ordinal, home);
    }

    /** Such as {@code NVIDIA H100 80GB HBM3}. */
    String name() {
        return gpu.name();
    }

    /** Compute capability as two digits, e.g. 90 for 9.0. */
    int capability() {
        return gpu.capability();
    }

    /** Memory of the GPU. */
    long totalBytes() {
        return gpu.totalBytes();
    }

    /** The primary context, retained until {@link #close()}. */
    CUcontext context() {
        return context;
    }

    /** Version by name: driver, cuBLAS, cuDNN, JCuda. */
    Map<String, String> versions() {
        return versions;
    }

    /** Gives the context back; the second call does nothing. */
    @Override
    public void close() {
        if (open) JCudaDriver.cuDevicePrimaryCtxRelease(device);
        open = false;
    }
}
