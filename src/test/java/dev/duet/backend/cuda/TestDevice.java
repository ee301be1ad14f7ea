package dev.duet.backend.cuda;

import dev.duet.backend.cuda.CudaOptions.Precision;

/**
 * The GPU that conformance tests compute on: the simulated one, or with {@code -Dduet.test.device=cuda[:N]} one of this
 * machine, as tools/gpu-check does.
 */
public final class TestDevice {
    private static final String NAME = System.getProperty("duet.test.device", "simulated");

    private TestDevice() {}

    /** Whether it is one of this machine. */
    public static boolean isReal() {
        return NAME.startsWith("cuda");
    }

    /**
     * What float32 may differ by on the device under test: {@code simulated}, which adds in the order of the loops that one
     * writes, or on a real GPU 1e-4, as its libraries choose algorithms that transform or regroup sums.
     */
    public static double float32(double simulated) {
        return isReal() ? Math.max(1e-4, simulated) : simulated;
    }

    /**
     * What products of fewer bits may differ by: on the simulated device, where only factors and stored values are rounded, and
     * on a real GPU, whose libraries also regroup sums and may round what they keep in between.
     */
    public static double reduced(double simulated, double real) {
        return isReal() ? real : simulated;
    }

    /** The defaults of Duet in that precision, on the device. */
    public static CudaOptions options(Precision precision) {
        if (!isReal()) return SimCuda.options(precision);
        int ordinal = NAME.contains(":") ? Integer.parseInt(NAME.substring(NAME.indexOf(':') + 1)) : 0;
        return new ChangedOptions(CudaOptions.defaults())
                .ordinal(ordinal)
                .precision(precision)
                .get();
    }
}
