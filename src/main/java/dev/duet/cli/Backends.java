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
import java.util.function.Function;

/** Chooses the device. */
final class Backends {
    private Backends() {}

    /**
     * Opens the device that the configuration names; the caller closes it.
     *
     * @throws DuetException if it cannot be used, with every reason
     */
    static Backend open(RunConfig.Train settings, DeviceOptions options, Terminal terminal) {
        return open(settings, options, terminal, Backends::cpuPrecision);
    }

    /** {@link #open} for looking at a trained run: on the CPU in float32, as its weights are, whatever it was trained in. */
    static Backend openTrained(RunConfig.Train settings, DeviceOptions options, Terminal terminal) {
        return open(settings, options, terminal, anyPrecision -> CpuBackend.Precision.FP32);
    }

    private static Backend open(
            RunConfig.Train settings,
            DeviceOptions options,
            Terminal terminal,
            Function<RunConfig.Train, CpuBackend.Precision> cpuPrecision) {
        Backend backend = device(settings, options, terminal, cpuPrecision);
        return NvtxRanges.attached(System.getenv()) ? named(backend, terminal) : backend;
    }

    private static Backend device(
            RunConfig.Train settings,
            DeviceOptions options,
            Terminal terminal,
            Function<RunConfig.Train, CpuBackend.Precision> cpuPrecision) {
        String device = settings.device();
        if (device.equals("auto")) return auto(settings, options, terminal, cpuPrecision);
        Backend backend = switch (device) {
            case "cpu" -> cpu(settings, cpuPrecision, terminal);
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
            RunConfig.Train settings,
            DeviceOptions options,
            Terminal terminal,
            Function<RunConfig.Train, CpuBackend.Precision> cpuPrecision) {
        try {
            CudaProbe.requireDriver(options.cudaHome());
            Backend gpu = new CudaBackend(cuda(settings, options));
            terminal.logOnce("computing on " + gpu.describe());
            return gpu;
        } catch (CudaUnavailable e) {
            Backend cpu = cpu(settings, cpuPrecision, terminal);
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
        if (cpu || (settings.device().equals("auto") && !hasDriver(options))) cpuPrecision(settings);
    }

    private static boolean hasDriver(DeviceOptions options) {
        try {
            CudaProbe.requireDriver(options.cudaHome());
            return true;
        } catch (CudaUnavailable e) {
            return false;
        }
    }

    /** What the configuration makes of the CPU. */
    private static CpuBackend.Precision cpuPrecision(RunConfig.Train settings) {
        return switch (settings.precision()) {
            case FP32, AUTO -> CpuBackend.Precision.FP32;
            case BF16 -> CpuBackend.Precision.BF16;
            case TF32 ->
                throw new DuetException(
                        "--precision tf32: expected fp32, bf16 or auto, which the CPU computes in; tf32 is"
                                + " arithmetic of GPUs; try fp32, or bf16, which is faster on processors with"
                                + " AVX512_BF16");
        };
    }

    private static Backend cpu(
            RunConfig.Train settings, Function<RunConfig.Train, CpuBackend.Precision> cpuPrecision, Terminal terminal) {
        CpuBackend.Precision precision = cpuPrecision.apply(settings);
        int threads = threads(settings);
        int processors = Runtime.getRuntime().availableProcessors();
        if (threads > processors) {
            terminal.logOnce("--threads " + threads + ": this process may use " + processors
                    + (processors == 1 ? " processor" : " processors")
                    + ", so the threads take turns; 0 takes as many");
        }
        return cpu(threads, precision);
    }

    /** How many threads compute where the CPU does: by default one for each processor that this process may use. */
    static int threads(RunConfig.Train settings) {
        return settings.threads() == 0 ? Runtime.getRuntime().availableProcessors() : settings.threads();
    }

    private static Backend cpu(int threads, CpuBackend.Precision precision) {
        try {
            return new CpuBackend(threads, precision);
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
        try (Backend backend = cpu(Runtime.getRuntime().availableProcessors(), CpuBackend.Precision.FP32)) {
            return Check.ok("kernels", backend.describe());
        } catch (DuetException e) {
            return Check.missing("kernels", e.getMessage(), "");
        }
    }
}
