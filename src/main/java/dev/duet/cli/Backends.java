package dev.duet.cli;

import dev.duet.DuetException;
import dev.duet.backend.Backend;
import dev.duet.backend.Ranges;
import dev.duet.backend.cpu.CpuBackend;
import dev.duet.backend.cpu.NvtxRanges;
import dev.duet.backend.reference.ReferenceBackend;
import dev.duet.profile.ProfiledBackend;
import dev.duet.run.RunConfig;
import java.util.Locale;

/** Chooses the device. */
final class Backends {
    private Backends() {}

    /**
     * Opens the device that the configuration names; the caller closes it.
     *
     * @throws DuetException if it cannot be used, with the reason
     */
    static Backend open(RunConfig.Train settings, Terminal terminal) {
        Backend backend = switch (settings.device()) {
            case "auto", "cpu" -> cpu(settings);
            case "reference" -> new ReferenceBackend();
            default ->
                throw new DuetException("--device " + settings.device()
                        + ": this version of Duet computes on the CPU only; try --device cpu");
        };
        if (settings.device().equals("auto"))
            terminal.logOnce(GpuProbe.find().line() + "; computing on " + backend.describe());
        else terminal.detail("device: " + backend.describe());
        return NvtxRanges.attached(System.getenv()) ? named(backend, terminal) : backend;
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

    /** @throws DuetException if the CPU, where it is to compute, does not compute in this precision */
    static void requirePrecision(RunConfig.Train settings) {
        if (!settings.device().equals("auto") && !settings.device().equals("cpu")) return;
        switch (settings.precision()) {
            case FP32, AUTO -> {}
            default ->
                throw new DuetException("--precision "
                        + settings.precision().name().toLowerCase(Locale.ROOT)
                        + ": the CPU computes in fp32; try --precision fp32");
        }
    }

    private static Backend cpu(RunConfig.Train settings) {
        requirePrecision(settings);
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
