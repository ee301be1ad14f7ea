package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.bytedeco.javacpp.BytePointer;

/** The bare driver of the simulated device, for tests of the device itself: an open device, a module, a stream. */
final class SimDriver implements AutoCloseable {
    static final int SUCCESS = 0;
    private static final Path FAULTY = Path.of("src/test/native/simcuda/faulty/faulty.ptx");

    final CudaDevice device = CudaDevice.open(0, SimCuda.HOME);
    final CUstream stream = new CUstream();
    final CUmodule module = new CUmodule();

    /** With the kernels of faulty.cu. */
    SimDriver() {
        SimCuda.faults();
        check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
        check(JCudaDriver.cuModuleLoadData(module, bytes(faultyPtx())));
    }

    static String faultyPtx() {
        try {
            return Files.readString(FAULTY);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As the driver wants it: ended by a zero. */
    static byte[] bytes(String ptx) {
        return (ptx + "\0").getBytes(StandardCharsets.US_ASCII);
    }

    static void check(int code) {
        assertThat(code)
                .as(() -> "code of the call; faults: " + SimCuda.faults())
                .isEqualTo(SUCCESS);
    }

    Raw.Device allocate(long bytes) {
        Raw.Device address = new Raw.Device();
        check(JCudaDriver.cuMemAlloc(address, bytes));
        return address;
    }

    /** Device memory with these values; synchronously. */
    Raw.Device tensor(float... values) {
        Raw.Device address = allocate(4L * values.length);
        check(JCudaDriver.cuMemcpyHtoD(address, Pointer.to(values), 4L * values.length));
        return address;
    }

    /** Pinned host memory of n floats. */
    static Pinned pinned(int n) {
        Raw address = new Raw();
        check(JCudaDriver.cuMemHostAlloc(address, 4L * n, 0));
        return new Pinned(address, view(address.address(), 4L * n).asFloatBuffer());
    }

    record Pinned(Raw address, FloatBuffer values) {
        void free() {
            check(JCudaDriver.cuMemFreeHost(address));
        }
    }

    @SuppressWarnings("resource") // a view: owns nothing
    private static ByteBuffer view(long start, long bytes) {
        BytePointer pointer = new BytePointer() {
            {
                address = start;
                limit = bytes;
                capacity = bytes;
            }
        };
        return pointer.asByteBuffer().order(ByteOrder.nativeOrder());
    }

    /** Launches a kernel of faulty.cu with pointers and ints as arguments; returns the driver's code. */
    int launch(String kernel, int blocks, int threads, int sharedBytes, Object... arguments) {
        CUfunction function = new CUfunction();
        check(JCudaDriver.cuModuleGetFunction(function, module, kernel));
        Pointer[] pointers = Arrays.stream(arguments).map(SimDriver::argument).toArray(Pointer[]::new);
        return JCudaDriver.cuLaunchKernel(
                function, blocks, 1, 1, threads, 1, 1, sharedBytes, stream, Pointer.to(pointers), null);
    }

    private static Pointer argument(Object value) {
        if (value instanceof Integer i) return Pointer.to(new int[] {i});
        return Pointer.to((NativePointerObject) value);
    }

    int synchronize() {
        return JCudaDriver.cuStreamSynchronize(stream);
    }

    /** Waits for the stream and reads floats of device memory. */
    float[] read(Raw.Device address, int n) {
        check(synchronize());
        float[] values = new float[n];
        check(JCudaDriver.cuMemcpyDtoH(Pointer.to(values), address, 4L * n));
        return values;
    }

    /** The one fault since this was last asked. */
    static String fault() {
        List<String> faults = SimCuda.faults();
        assertThat(faults).hasSize(1);
        return faults.get(0);
    }

    /** Gives the module, the stream and the device back, but not what a test allocated. */
    @Override
    public void close() {
        JCudaDriver.cuModuleUnload(module);
        JCudaDriver.cuStreamDestroy(stream);
        device.close();
    }
}
