package dev.duet.backend.cuda;

import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;
import jcuda.runtime.cudaStream_t;

/** Opens cuDNN. */
final class Cudnn {
    private static final String OPENING = "opening cuDNN";

    private Cudnn() {}

    /**
     * A handle on the current lane's stream, destroyed with the context. JCudnn's exceptions stay off: its names for statuses are
     * those of cuDNN 8.
     */
    static cudnnHandle open(CudaContext context) {
        JCudnn.setExceptionsEnabled(false);
        cudnnHandle handle = new cudnnHandle();
        Cuda.checkCudnn(JCudnn.cudnnCreate(handle), "cudnnCreate", OPENING);
        context.onClose(() -> JCudnn.cudnnDestroy(handle));
        cudaStream_t stream = new cudaStream_t(context.stream().handle());
        Cuda.checkCudnn(JCudnn.cudnnSetStream(handle, stream), "cudnnSetStream", OPENING);
        return handle;
    }
}
