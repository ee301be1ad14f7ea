package dev.duet.cli;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.Ranges;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.cpu.NvtxRanges;
import dev.duet.backend.cuda.CudaBackend;
import dev.duet.backend.cuda.CudaOptions;
import dev.duet.backend.cuda.CudaProbe;
import dev.duet.backend.cuda.CudaUnavailable;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.profile.ProfiledBackend;
import dev.duet.run.RunConfig;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Chooses the device. */
final class Backends {
    private Backends() {}

    /**
     * Opens the device that the configuration names; the caller closes it.
     *
     * @throws DuetException if it cannot be used, with every reason
     */
    static Backend open(RunConfig.Train settings, DeviceOptions options, Terminal terminal) {
        return open(settings, options, terminal, Backends::requireCpuPrecision);
    }

    /** {@link #open} for looking at a trained run: weights are float32, whatever the precision that they were trained in. */
    static Backend openTrained(RunConfig.Train settings, DeviceOptions options, Terminal terminal) {
        return open(settings, options, terminal, anyPrecision -> {});
    }

    private static Backend open(
            RunConfig.Train settings, DeviceOptions options, Terminal terminal, Consumer<RunConfig.Train> cpuCheck) {
        Backend backend = device(settings, options, terminal, cpuCheck);
        return NvtxRanges.attached(System.getenv()) ? named(backend, terminal) : backend;
    }

    private static Backend device(
            RunConfig.Train settings, DeviceOptions options, Terminal terminal, Consumer<RunConfig.Train> cpuCheck) {
        String device = settings.device();
        if (device.equals("auto")) return auto(settings, options, terminal, cpuCheck);
        Backend backend = switch (device) {
            case "cpu" -> cpu(settings, cpuCheck);
            case "reference" -> new ReferenceBackend();
            default -> new CudaBackend(cuda(settings, options));
        };
        terminal.detail("device: " + backend.describe());
        return backend;
    }

    /** {@code backend} with its programs and ops named to the profiler that is attached, where that can be told. */
    private static Backend named(Backend backend, Terminal terminal) {
        Ranges ranges = NvtxRanges.open(NvtxRanges.LIBRARY).orElse(null);
        if (ranges == null) {
            terminal.logOnce("a profiler is attached (" + NvtxRanges.ATTACHED + "), but " + NvtxRanges.LIBRARY
                    + " of the CUDA toolkit cannot be loaded: no named ranges; put its folder into LD_LIBRARY_PATH");
            return backend;
        }
        return new ProfiledBackend(backend, ranges);
    }

    private static Backend auto(
            RunConfig.Train settings, DeviceOptions options, Terminal terminal, Consumer<RunConfig.Train> cpuCheck) {
        try {
            CudaProbe.requireDriver(options.cudaHome());
            Backend gpu = new CudaBackend(cuda(settings, options));
            terminal.logOnce("computing on " + gpu.describe());
            return gpu;
        } catch (CudaUnavailable e) {
            Backend cpu = cpu(settings, cpuCheck);
            terminal.logOnce("no GPU (" + inShort(e.reasons()) + "); computing on " + cpu.describe());
            return cpu;
        }
    }

    /** The first reason without its advice, for one line; {@code duet doctor} says all. */
    private static String inShort(List<String> reasons) {
        return reasons.get(0).split(";", 2)[0];
    }

    /** What flags and configuration make of a GPU. */
    static CudaOptions cuda(RunConfig.Train settings, DeviceOptions options) {
        CudaOptions.Precision precision = switch (settings.precision()) {
            case FP32 -> CudaOptions.Precision.FP32;
            // as near to fp32 as tensor cores come
            case TF32, AUTO -> CudaOptions.Precision.TF32;
            case BF16 -> CudaOptions.Precision.BF16;
        };
        return new CudaOptions(
                ordinal(settings.device()),
                options.cudaHome(),
                precision,
                options.fast(),
                options.sync(),
                options.graphs(),
                options.branches(),
                false);
    }

    /** N of {@code cuda:N}; otherwise the first GPU. */
    private static int ordinal(String device) {
        return device.startsWith("cuda:") ? Integer.parseInt(device.substring("cuda:".length())) : 0;
    }

    /** @throws DuetException if the CPU, where it is certain to compute, does not do so in this precision */
    static void requirePrecision(RunConfig.Train settings, DeviceOptions options) {
        boolean cpu = settings.device().equals("cpu");
        if (cpu || (settings.device().equals("auto") && !hasDriver(options))) requireCpuPrecision(settings);
    }

    private static boolean hasDriver(DeviceOptions options) {
        try {
            CudaProbe.requireDriver(options.cudaHome());
            return true;
        } catch (CudaUnavailable e) {
            return false;
        }
    }

    private static void requireCpuPrecision(RunConfig.Train settings) {
        switch (settings.precision()) {
            case FP32, AUTO -> {}
            default ->
                throw new DuetException("--precision "
                        + settings.precision().name().toLowerCase(Locale.ROOT)
                        + ": the CPU computes in fp32; try --precision fp32");
        }
    }

    private static Backend cpu(RunConfig.Train settings, Consumer<RunConfig.Train> check) {
        check.accept(settings);
        return cpu(settings.threads() == 0 ? Runtime.getRuntime().availableProcessors() : settings.threads());
    }

    private static Backend cpu(int threads) {
        try {
            return new CpuBackend(threads);
        } catch (LinkageError e) {
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new DuetException(
                    "Duet's own kernels for the CPU cannot be loaded ("
                            + e.getClass().getSimpleName() + ": " + reason
                            + "); build Duet again (remove target/ and run ./duet), or try --device reference, which is slow",
                    e);
        }
    }

    /** Whether Duet's own kernels load and which they are, for {@code duet doctor}. */
    static Check kernels() {
        try (Backend backend = cpu(Runtime.getRuntime().availableProcessors())) {
            return Check.ok("kernels", backend.describe());
        } catch (DuetException e) {
            return Check.missing("kernels", e.getMessage(), "");
        }
    }
}
