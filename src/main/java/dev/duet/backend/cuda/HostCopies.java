package dev.duet.backend.cuda;

import dev.duet.DuetException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/** Copies between host and device that wait until they are done: checkpoints, data sets, tests. */
final class HostCopies {
    private final CudaStream stream;
    private ByteBuffer staging = ByteBuffer.allocateDirect(0);

    HostCopies(CudaStream stream) {
        this.stream = stream;
    }

    void write(CudaTensor tensor, float[] canonical) {
        ByteBuffer host = staging("writing tensor " + tensor, tensor.bytes());
        tensor.encode(canonical, host);
        upload("writing tensor " + tensor, host, tensor.address());
    }

    void read(CudaTensor tensor, float[] canonical) {
        ByteBuffer host = staging("reading tensor " + tensor, tensor.bytes());
        stream.begin("reading tensor " + tensor);
        stream.requireRunning();
        Raw.Device source = new Raw.Device(tensor.address());
        stream.check(
                JCudaDriver.cuMemcpyDtoHAsync(Pointer.to(host), source, tensor.bytes(), stream.handle()),
                "cuMemcpyDtoHAsync");
        stream.synchronize();
        tensor.decode(host, 0, canonical);
    }

    /** Copies all of {@code host}, a direct buffer, to the device. */
    void upload(String what, ByteBuffer host, long address) {
        if (host.remaining() == 0) return;
        stream.begin(what);
        stream.requireRunning();
        stream.check(
                JCudaDriver.cuMemcpyHtoDAsync(
                        new Raw.Device(address), Pointer.toBuffer(host), host.remaining(), stream.handle()),
                "cuMemcpyHtoDAsync");
        stream.synchronize();
    }

    /** The address in {@code memory} of a copy of {@code words}. */
    long place(CudaMemory memory, String what, long[] words) {
        ByteBuffer host = staging("placing the " + what, (long) words.length * Long.BYTES);
        host.asLongBuffer().put(words);
        return place(memory, what, host);
    }

    /** The address in {@code memory} of a copy of {@code values}. */
    long place(CudaMemory memory, String what, float[] values) {
        ByteBuffer host = staging("placing the " + what, (long) values.length * Float.BYTES);
        host.asFloatBuffer().put(values);
        return place(memory, what, host);
    }

    private long place(CudaMemory memory, String what, ByteBuffer host) {
        long address = memory.allocate(what, host.remaining());
        upload("placing the " + what, host, address);
        return address;
    }

    /** {@code bytes} bytes in native order. */
    private ByteBuffer staging(String what, long bytes) {
        if (bytes > Integer.MAX_VALUE) {
            throw new DuetException(what + ": expected at most " + Integer.MAX_VALUE
                    + " bytes for one copy between host and device, got " + bytes
                    + "; try a smaller batch or a narrower model");
        }
        int size = (int) bytes;
        if (size > staging.capacity()) staging = ByteBuffer.allocateDirect(size);
        return staging.duplicate().clear().limit(size).order(ByteOrder.nativeOrder());
    }
}
