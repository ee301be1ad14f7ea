package dev.duet.backend.cuda;

import dev.duet.backend.StepScalars;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.cublasHandle;
import jcuda.jcudnn.cudnnHandle;

/** What the ops of one backend share: the GPU, its streams, memory, kernels and library handles. */
final class CudaContext implements AutoCloseable {
    /** Taken from the driver at a time, at most. */
    private static final long CHUNK_BYTES = 64L << 20;

    private final CudaOptions options;
    private final CudaDevice device;
    private final CudaStream stream;
    private final CudaMemory memory;
    private final CudaMemory parameters;
    private final CudaMemory images;
    private final Kernels kernels;
    private final HostCopies copies;
    private final StepBlock step;
    private final Lanes lanes;
    private final Algorithms algorithms;
    private final Deque<Runnable> onClose = new ArrayDeque<>(); // last made first
    private boolean closed;

    /**
     * Opens the GPU and what ops need of it; gives it back if that fails.
     *
     * @throws CudaUnavailable with every reason, if there is no usable GPU
     */
    static CudaContext open(CudaOptions options, StepScalars scalars) {
        CudaDevice device = CudaDevice.open(options.ordinal(), options.home());
        try {
            return new CudaContext(options, device, scalars);
        } catch (CudaFailure e) { // such as no memory left
            device.close();
            CudaUnavailable unavailable = new CudaUnavailable(List.of(e.getMessage()));
            unavailable.addSuppressed(e);
            throw unavailable;
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }

    private CudaContext(CudaOptions options, CudaDevice device, StepScalars scalars) {
        this.options = options;
        this.device = device;
        JCudaDriver.setExceptionsEnabled(false);
        stream = new CudaStream(options.sync());
        memory = memory("tensors");
        parameters = memory("parameters");
        images = memory("images");
        kernels = new Kernels();
        copies = new HostCopies(stream);
        step = new StepBlock(this, scalars);
        lanes = new Lanes(this);
        algorithms = new Algorithms(this, AlgorithmFile.inCache(System.getenv()));
    }

    private CudaMemory memory(String name) {
        return new CudaMemory(name, stream, options.separate() ? 0 : CHUNK_BYTES);
    }

    CudaOptions options() {
        return options;
    }

    CudaDevice device() {
        return device;
    }

    CudaStream stream() {
        return stream;
    }

    /** Of tensors, and of what ops keep beside them. */
    CudaMemory memory() {
        return memory;
    }

    /** Of parameters, their gradients and moments. */
    CudaMemory parameterMemory() {
        return parameters;
    }

    /** Of data sets. */
    CudaMemory imageMemory() {
        return images;
    }

    /** Bytes of all three. */
    long usedBytes() {
        return memory.used() + parameters.used() + images.used();
    }

    Kernels kernels() {
        return kernels;
    }

    /** Between host arrays and device memory, waiting for both. */
    HostCopies copies() {
        return copies;
    }

    /** The scalars in device memory. */
    StepBlock step() {
        return step;
    }

    /** Where branches run. */
    Lanes lanes() {
        return lanes;
    }

    /** Of the current lane's convolutions, to be reserved when they are made. */
    Workspace workspace() {
        return lanes.current().workspace();
    }

    /** Of convolutions. */
    Algorithms algorithms() {
        return algorithms;
    }

    /** cuBLAS on the current lane's stream. */
    cublasHandle cublas() {
        return lanes.current().cublas();
    }

    /** cuDNN on the current lane's stream. */
    cudnnHandle cudnn() {
        return lanes.current().cudnn();
    }

    /** Does an op's {@code work} on the host now and, if a program is being recorded, before each launch of it. */
    void onHost(Runnable work) {
        work.run();
        if (stream.recording() != null) stream.recording().addHostWork(work);
    }

    /** An event that is destroyed at close. */
    CUevent event(int flags) {
        CUevent event = new CUevent();
        stream.check(JCudaDriver.cuEventCreate(event, flags), "cuEventCreate");
        onClose(() -> JCudaDriver.cuEventDestroy(event));
        return event;
    }

    /** Runs {@code action} at {@link #close}, before what was there earlier. */
    void onClose(Runnable action) {
        onClose.push(action);
    }

    /** Waits for the GPU and gives everything back; a fault found while waiting is told afterwards. */
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        try {
            stream.begin("closing the GPU");
            if (!stream.lost()) lanes.synchronize();
        } finally {
            stream.close();
            free();
        }
    }

    private void free() {
        onClose.forEach(Runnable::run);
        memory.free();
        parameters.free();
        images.free();
        kernels.unload();
        device.close();
    }
}
