package dev.duet.backend.cuda;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.cublasHandle;
import jcuda.jcudnn.cudnnHandle;

/** A stream with what ops on it need for themselves: handles of the libraries and scratch memory. */
final class Lane {
    private final CudaContext context;
    private final CUstream stream;
    private final CUevent done;
    private final Workspace workspace;
    private cublasHandle cublas; // null until wanted
    private cudnnHandle cudnn; // null until wanted

    /** Destroys {@code stream} with the context. */
    Lane(CudaContext context, CUstream stream) {
        this.context = context;
        this.stream = stream;
        context.onClose(() -> JCudaDriver.cuStreamDestroy(stream));
        done = context.event(CUevent_flags.CU_EVENT_DISABLE_TIMING);
        workspace = new Workspace(context.memory());
    }

    CUstream stream() {
        return stream;
    }

    /** Recorded behind the lane's part of a fork. */
    CUevent done() {
        return done;
    }

    /** Of its convolutions. */
    Workspace workspace() {
        return workspace;
    }

    /** On its stream; the lane must be the current one. */
    cublasHandle cublas() {
        if (cublas == null) cublas = Cublas.open(context);
        return cublas;
    }

    /** On its stream; the lane must be the current one. */
    cudnnHandle cudnn() {
        if (cudnn == null) cudnn = Cudnn.open(context);
        return cudnn;
    }
}
