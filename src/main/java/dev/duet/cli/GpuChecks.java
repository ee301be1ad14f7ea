package dev.duet.cli;

import dev.duet.backend.cuda.CudaReport;
import java.util.ArrayList;
import java.util.List;

/** What {@code duet doctor} says about GPUs and CUDA's libraries: what was found, then each reason why that will not do. */
final class GpuChecks {
    private GpuChecks() {}

    static List<Check> of(CudaReport report) {
        List<Check> checks = new ArrayList<>();
        for (CudaReport.Gpu gpu : report.gpus()) checks.add(Check.ok("GPU cuda:" + gpu.ordinal(), describe(gpu)));
        if (!report.driver().isEmpty()) checks.add(Check.ok("NVIDIA driver", driver(report)));
        for (CudaReport.Library library : report.libraries()) checks.add(Check.ok(library.name(), describe(library)));
        for (String reason : report.reasons()) checks.add(Check.optional("GPU", reason, ""));
        if (!report.usable()) checks.add(Check.optional("device", "the CPU computes", ""));
        return checks;
    }

    private static String describe(CudaReport.Gpu gpu) {
        return gpu.name() + ", " + Format.bytes(gpu.totalBytes()) + ", compute capability " + gpu.capability() / 10
                + "." + gpu.capability() % 10;
    }

    private static String driver(CudaReport report) {
        String kernelModule = report.kernelModule().isEmpty() ? "kernel module not loaded" : report.kernelModule();
        return kernelModule + ", CUDA " + report.driver();
    }

    private static String describe(CudaReport.Library library) {
        return (library.version().isEmpty() ? "" : library.version() + ", ") + library.origin();
    }
}
