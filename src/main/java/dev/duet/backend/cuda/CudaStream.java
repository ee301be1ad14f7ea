package dev.duet.backend.cuda;

import dev.duet.DuetException;
import jcuda.driver.CUfunction;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** The stream that work goes into – one at a time, see {@link Lanes} –, and the op that it is at, for messages. */
final class CudaStream {
    /** Of {@code CUstreamCaptureStatus}: a call spoilt the recording. */
    private static final int INVALIDATED = 2;

    private final boolean sync;
    private CUstream handle; // of the current lane
    private String op = "opening the GPU";
    private GraphProgram recording; // null unless a program is being recorded
    private boolean branching;
    private long held; // bytes
    private boolean lost;
    private boolean closed;

    /** @param sync whether to wait for the GPU after each op */
    CudaStream(boolean sync) {
        this.sync = sync;
        handle = create();
    }

    /** Another stream, that waits for nothing but events. */
    CUstream create() {
        CUstream stream = new CUstream();
        check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        return stream;
    }

    /** Work goes into {@code stream} from here on. */
    void turnTo(CUstream stream) {
        handle = stream;
    }

    CUstream handle() {
        return handle;
    }

    /** Names the op that the following calls belong to. */
    void begin(String name) {
        if (closed) throw closed(name);
        op = name;
    }

    /** After an op's last call. */
    void end() {
        if (recording != null) checkRecording();
        else if (sync) synchronize();
    }

    private void checkRecording() {
        int[] status = new int[1];
        check(JCudaDriver.cuStreamIsCapturing(handle, status), "cuStreamIsCapturing");
        if (status[0] != INVALIDATED) return;
        throw new DuetException("recording " + recording.name() + ": op '" + op
                + "' did something that a CUDA graph cannot hold, such as allocating memory or waiting for the GPU;"
                + " run without graphs to go on");
    }

    /** The op that the following calls belong to. */
    String op() {
        return op;
    }

    /** @throws CudaFailure unless {@code code} is success, naming the op */
    void check(int code, String call) {
        if (code != Cuda.SUCCESS) throw failure(code, Cuda.describe(code, call, "op '" + op + "'"));
    }

    private CudaFailure failure(int code, String what) {
        if (!Cuda.lost(code)) return new CudaFailure(what + memory(), code);
        lost = true;
        String blame = sync
                ? "; the GPU cannot go on in this process"
                : "; the fault may be an earlier op's: run again with --sync to have it named";
        return new CudaFailure(what + memory() + blame, code);
    }

    /** A lost GPU does not say what is free. */
    private String memory() {
        String free = Cuda.freeMemory();
        return "; GPU memory: " + (free.isEmpty() ? "" : free + ", ") + Cuda.bytes(held) + " held by Duet";
    }

    /** Counts device memory that has been taken from the driver. */
    void countHeld(long bytes) {
        held += bytes;
    }

    /** One launch. */
    void launch(CUfunction function, String kernel, int gridX, int gridY, int block, int shared, Raw arguments) {
        int code = JCudaDriver.cuLaunchKernel(function, gridX, gridY, 1, block, 1, 1, shared, handle, arguments, null);
        if (code == Cuda.SUCCESS) return;
        String where = "kernel " + kernel + " of op '" + op + "' with " + gridX + " × " + gridY + " blocks of " + block
                + " threads and " + shared + " bytes of shared memory";
        throw failure(code, Cuda.describe(code, "cuLaunchKernel", where));
    }

    /** Zeroes device memory, in the stream's order. */
    void zero(long address, long bytes) {
        check(JCudaDriver.cuMemsetD8Async(new Raw.Device(address), (byte) 0, bytes, handle), "cuMemsetD8Async");
    }

    /** Waits for all work so far. */
    void synchronize() {
        requireRunning();
        check(JCudaDriver.cuStreamSynchronize(handle), "cuStreamSynchronize");
    }

    /** @throws DuetException if a program is being recorded, which the current op cannot be part of */
    void requireRunning() {
        if (recording == null) return;
        throw new DuetException("recording " + recording.name() + ": '" + op
                + "' takes the host's part, which a program must not; do it before or after the program runs");
    }

    /** The program that the ops' work goes into instead of running, or null. */
    GraphProgram recording() {
        return recording;
    }

    /** @param program or null, when it is recorded */
    void setRecording(GraphProgram program) {
        recording = program;
    }

    /** Whether branches are being given out. */
    boolean branching() {
        return branching;
    }

    void setBranching(boolean now) {
        branching = now;
    }

    /** @throws DuetException naming {@code what} if the backend has been closed */
    void checkOpen(String what) {
        if (closed) throw closed(what);
    }

    private static DuetException closed(String what) {
        return new DuetException(what + ": its CUDA backend is already closed");
    }

    /** Whether a call has told that the context is of no more use. */
    boolean lost() {
        return lost;
    }

    /** No op may run from here on. */
    void close() {
        closed = true;
    }
}
