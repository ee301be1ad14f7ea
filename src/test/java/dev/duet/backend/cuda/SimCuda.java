package dev.duet.backend.cuda;

import dev.duet.backend.cuda.CudaOptions.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.BytePointer;

/**
 * The simulated CUDA device (docs/simulated-device.md): its controls, the faults that it saw, and its counters. One per JVM.
 * The names of controls and counters are those of src/test/native/simcuda/simcuda.h.
 */
public final class SimCuda {
    /** The folder with the simulated libraries, which the build fills. */
    public static final Path HOME = Path.of("target", "simcuda").toAbsolutePath();

    static {
        System.load(HOME.resolve("libcuda.so.1").toString());
    }

    private SimCuda() {}

    /** Options that take every CUDA library from the simulated device. */
    public static CudaOptions options(Precision precision) {
        return new ChangedOptions(CudaOptions.defaults())
                .home(HOME)
                .precision(precision)
                .get();
    }

    /** Sets a control; an empty value puts it back to its default. */
    public static void set(String key, String value) {
        try (BytePointer k = new BytePointer(key);
                BytePointer v = new BytePointer(value)) {
            set0(k.address(), v.address());
        }
    }

    /** What the device saw go wrong since this was last asked, a sentence each. */
    public static List<String> faults() {
        List<String> faults = text(faults0()).lines().toList();
        clearFaults();
        return faults;
    }

    /** A counter since {@link #clearCounters()}; 0 if nothing was counted under that name. */
    public static long counter(String name) {
        try (BytePointer n = new BytePointer(name)) {
            return counter0(n.address());
        }
    }

    /** Kernels launched, and calls of cuBLAS and cuDNN, since {@link #clearCounters()}; those inside graphs too. */
    public static long launches() {
        return counter("launches") + counter("cublas") + counter("cudnn");
    }

    /** Bytes of device memory that kernels and library calls read and wrote since {@link #clearCounters()}. */
    public static long bytes() {
        return counter("bytesRead") + counter("bytesWritten");
    }

    /** What one kernel or library function did since {@link #clearCounters()}; bytes of device memory. */
    public record Work(long runs, long read, long written) {}

    /** By name of the kernel or function. */
    public static Map<String, Work> work() {
        Map<String, Work> work = new TreeMap<>();
        text(table0())
                .lines()
                .map(line -> line.split("\t", -1))
                .forEach(field -> work.put(
                        field[0],
                        new Work(Long.parseLong(field[1]), Long.parseLong(field[2]), Long.parseLong(field[3]))));
        return work;
    }

    /** Sets all counters to 0. */
    public static native void clearCounters();

    private static String text(long start) {
        try (BytePointer pointer = new BytePointer() {
            {
                address = start;
            }
        }) {
            return pointer.getString();
        }
    }

    private static native void set0(long key, long value);

    private static native long faults0();

    private static native void clearFaults();

    private static native long counter0(long name);

    private static native long table0();
}
