package dev.duet.cli;

import java.util.ArrayList;
import java.util.List;

/** What {@code duet doctor} says about JDK, platform, processors and memory. */
final class MachineChecks {
    private static final long GIBIBYTE = 1L << 30;
    /** Training on the real data at batch 128 stays below this. */
    private static final long RECOMMENDED_BYTES = 4 * GIBIBYTE;

    private MachineChecks() {}

    static List<Check> of(Machine machine) {
        return List.of(
                jdk(),
                platform(machine),
                processors(machine),
                threads(machine),
                instructions(machine),
                memory(machine));
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
        String limits = limits(machine);
        String number = limits.isEmpty()
                ? Integer.toString(machine.processors())
                : machine.allowedProcessors() + " of " + machine.processors() + " (" + limits + ")";
        return Check.ok("processors", number + ", " + machine.cpu());
    }

    /** What keeps this process from some of the processors; empty if nothing does. */
    private static String limits(Machine machine) {
        List<String> limits = new ArrayList<>();
        int left = machine.processors();
        if (machine.affinity() > 0 && machine.affinity() < left) {
            left = machine.affinity();
            limits.add("affinity allows " + left);
        }
        if (machine.quota() > 0 && machine.quota() < left) {
            left = (int) Math.ceil(machine.quota());
            limits.add("a cgroup grants the time of " + Format.rate(machine.quota()));
        }
        if (machine.allowedProcessors() != left) limits.add("Java counts " + machine.allowedProcessors());
        return String.join(", ", limits);
    }

    private static Check threads(Machine machine) {
        return Check.ok(
                "threads",
                machine.allowedProcessors()
                        + ", one for each processor that this process may use; --threads N takes N");
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
