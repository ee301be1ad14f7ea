package dev.duet.cli;

import java.util.List;

/** What {@code duet doctor} says about JDK, platform, processors and memory. */
final class MachineChecks {
    private static final long GIBIBYTE = 1L << 30;
    /** Training on the real data at batch 128 stays below this. */
    private static final long RECOMMENDED_BYTES = 4 * GIBIBYTE;

    private MachineChecks() {}

    static List<Check> of(Machine machine) {
        return List.of(jdk(), platform(machine), processors(machine), instructions(machine), memory(machine));
    }

    private static Check jdk() {
        return Check.ok("JDK", Runtime.version() + ", " + System.getProperty("java.home"));
    }

    private static Check platform(Machine machine) {
        String found = machine.os() + " " + machine.arch();
        return machine.supported()
                ? Check.ok("platform", found)
                : Check.missing("platform", found, "Duet's CPU and GPU kernels are for Linux x86-64 only");
    }

    private static Check processors(Machine machine) {
        String detail = machine.allowedProcessors() < machine.processors()
                ? machine.allowedProcessors() + " of " + machine.processors() + " (limited by affinity or cgroup)"
                : Integer.toString(machine.allowedProcessors());
        return Check.ok("processors", detail + ", " + machine.cpu());
    }

    private static Check instructions(Machine machine) {
        String found =
                machine.isa().isEmpty() ? "none of " + String.join(" ", Machine.ISA) : String.join(" ", machine.isa());
        return machine.isa().contains("avx2")
                ? Check.ok("instructions", found)
                : Check.optional("instructions", found, "Duet runs, but several times slower than with AVX2");
    }

    private static Check memory(Machine machine) {
        long allowed = machine.allowedMemoryBytes();
        String detail = allowed < machine.memoryBytes()
                ? Format.bytes(allowed) + " of " + Format.bytes(machine.memoryBytes()) + " (limited by cgroup)"
                : Format.bytes(allowed);
        return allowed >= RECOMMENDED_BYTES
                ? Check.ok("memory", detail)
                : Check.optional("memory", detail, "the real data sets want " + Format.bytes(RECOMMENDED_BYTES));
    }
}
