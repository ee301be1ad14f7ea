package dev.duet.backend.cuda;

import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.runtime.cudaStream_t;

/** Opens cuBLAS. */
final class Cublas {
    private static final String OPENING = "opening cuBLAS";

    /** What cuBLAS takes for itself; a graph needs one of the caller's, of the same size, to repeat bit for bit. */
    private static final long WORKSPACE = 4L << 20;

    /** From compute capability 9.0 on. */
    private static final long LARGE_WORKSPACE = 32L << 20;

    private static final int LARGE_FROM = 90;

    private Cublas() {}

    /** A handle on the current lane's stream, destroyed with the context. Sums stay in float32 whatever is multiplied. */
    static cublasHandle open(CudaContext context) {
        JCublas2.setExceptionsEnabled(false);
        cublasHandle handle = new cublasHandle();
        check(JCublas2.cublasCreate(handle), "cublasCreate"); // a handle that failed must never be used: it crashes
        context.onClose(() -> JCublas2.cublasDestroy(handle));
        check(JCublas2.cublasSetStream(handle, new cudaStream_t(context.stream().handle())), "cublasSetStream");
        long bytes = context.device().capability() >= LARGE_FROM ? LARGE_WORKSPACE : WORKSPACE;
        long workspace = context.memory().allocate("workspace of cuBLAS", bytes);
        check(JCublas2.cublasSetWorkspace(handle, new Raw.Device(workspace), bytes), "cublasSetWorkspace");
        int math = cublasMath.CUBLAS_DEFAULT_MATH | cublasMath.CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
        check(JCublas2.cublasSetMathMode(handle, math), "cublasSetMathMode");
        return handle;
    }

    private static void check(int status, String call) {
        Cuda.checkCublas(status, call, OPENING);
    }
}
