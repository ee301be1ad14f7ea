package dev.duet.backend.cuda;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.cublasStatus;
import jcuda.jcudnn.JCudnn;

/** What the return codes of the driver mean. JCuda's own exceptions stay off: each call is checked where it is made. */
final class Cuda {
    static final int SUCCESS = CUresult.CUDA_SUCCESS;
    static final int OUT_OF_MEMORY = CUresult.CUDA_ERROR_OUT_OF_MEMORY;

    /** Codes after which the context is of no more use. The op at fault may be any since the last synchronisation. */
    private static final Set<Integer> LOST = Set.of(
            CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
            CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE,
            CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
            CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
            CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
            CUresult.CUDA_ERROR_ASSERT,
            CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
            CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
            CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
            CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
            CUresult.CUDA_ERROR_INVALID_PC,
            CUresult.CUDA_ERROR_LAUNCH_FAILED,
            CUresult.CUDA_ERROR_UNKNOWN);

    /** In words, for the codes that a user may meet. */
    private static final Map<Integer, String> MEANINGS = Map.ofEntries(
            Map.entry(CUresult.CUDA_ERROR_INVALID_VALUE, "an argument out of range"),
            Map.entry(CUresult.CUDA_ERROR_OUT_OF_MEMORY, "no memory left"),
            Map.entry(CUresult.CUDA_ERROR_DEINITIALIZED, "the driver is shutting down"),
            Map.entry(CUresult.CUDA_ERROR_ECC_UNCORRECTABLE, "a memory error that the GPU could not correct"),
            Map.entry(CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION, "the driver is too old for Duet's kernels"),
            Map.entry(CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU, "the kernels do not fit this GPU"),
            Map.entry(CUresult.CUDA_ERROR_INVALID_PTX, "the driver cannot compile the kernel"),
            Map.entry(CUresult.CUDA_ERROR_NOT_FOUND, "no such kernel"),
            Map.entry(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS, "a kernel read or wrote outside the GPU's memory"),
            Map.entry(
                    CUresult.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES,
                    "more threads or shared memory than the GPU has room for"),
            Map.entry(CUresult.CUDA_ERROR_LAUNCH_TIMEOUT, "a kernel ran longer than the system allows"),
            Map.entry(CUresult.CUDA_ERROR_LAUNCH_FAILED, "a kernel ended with a fault"),
            Map.entry(CUresult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "not allowed while a graph is recorded"),
            Map.entry(CUresult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "the recording was spoilt by an earlier call"),
            Map.entry(CUresult.CUDA_ERROR_UNKNOWN, "a fault that the driver cannot name"));

    private Cuda() {}

    /** @throws CudaFailure unless {@code code} is success; {@code where} says for what the call was made */
    static void check(int code, String call, String where) {
        if (code != SUCCESS) throw new CudaFailure(describe(code, call, where), code);
    }

    /** {@link #check} of a call to cuBLAS. */
    static void checkCublas(int status, String call, String where) {
        if (status == SUCCESS) return;
        throw new CudaFailure(
                call + ", " + where + ": " + cublasStatus.stringFor(status) + " (" + status + ")" + memory(), status);
    }

    /** {@link #check} of a call to cuDNN, whose numbers JCudnn's own names no longer fit. */
    static void checkCudnn(int status, String call, String where) {
        if (status == SUCCESS) return;
        throw new CudaFailure(
                call + ", " + where + ": " + JCudnn.cudnnGetErrorString(status) + " (" + status + ")" + memory(),
                status);
    }

    /** Such as {@code cuMemAlloc, tensor 'x': CUDA_ERROR_OUT_OF_MEMORY (2), no memory left}. */
    static String describe(int code, String call, String where) {
        String meaning = MEANINGS.get(code);
        return call + ", " + where + ": " + CUresult.stringFor(code) + " (" + code + ")"
                + (meaning == null ? "" : ", " + meaning);
    }

    /** Whether the context is of no more use after {@code code}. */
    static boolean lost(int code) {
        return LOST.contains(code);
    }

    /** Such as {@code 1.5 GiB free of 80.0 GiB}; empty where the driver does not say. */
    static String freeMemory() {
        long[] free = new long[1];
        long[] total = new long[1];
        if (JCudaDriver.cuMemGetInfo(free, total) != SUCCESS) return "";
        return bytes(free[0]) + " free of " + bytes(total[0]);
    }

    /** For the end of a message; empty where the driver does not say. */
    private static String memory() {
        String free = freeMemory();
        return free.isEmpty() ? "" : "; GPU memory: " + free;
    }

    /** In bytes and, if large, in MiB. */
    static String bytes(long bytes) {
        return bytes < 1 << 20
                ? bytes + " bytes"
                : String.format(Locale.ROOT, "%d bytes (%.1f MiB)", bytes, bytes / 1048576.0);
    }
}
