package dev.duet.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * This computer, as /proc and the JVM describe it.
 *
 * @param os such as {@code Linux}
 * @param arch such as {@code amd64}
 * @param cpu model name
 * @param isa those of {@link #ISA} that the CPU has
 * @param processors hardware threads of the machine
 * @param affinity those that the scheduler gives this process (taskset, cgroup's cpuset)
 * @param quota processors' worth of time that a cgroup grants, such as 1.5; 0 for no limit
 * @param allowedProcessors hardware threads that this process may use, as Java counts them: affinity and quota, that rounded up
 * @param memoryBytes memory of the machine
 * @param allowedMemoryBytes memory that this process may use (cgroup)
 */
record Machine(
        String os,
        String arch,
        String cpu,
        List<String> isa,
        int processors,
        int affinity,
        double quota,
        int allowedProcessors,
        long memoryBytes,
        long allowedMemoryBytes) {

    /** Instruction sets that change which kernels run, in Linux's names. */
    static final List<String> ISA =
            List.of("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16");

    /** @param root the folder that holds {@code proc}: {@code /}, or a test's stand-in */
    static Machine read(Path root) throws IOException {
        List<String> cpuinfo = lines(root.resolve("proc/cpuinfo"));
        Set<String> flags = new HashSet<>(Arrays.asList(value(cpuinfo, "flags").split(" ")));
        // Both of the JVM's figures know the limits of cgroup v1 and v2.
        OperatingSystemMXBean limits = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new Machine(
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                value(cpuinfo, "model name"),
                ISA.stream().filter(flags::contains).toList(),
                (int) cpuinfo.stream()
                        .filter(line -> line.startsWith("processor"))
                        .count(),
                ProcessorLimits.affinity(value(lines(root.resolve("proc/self/status")), "Cpus_allowed_list")),
                ProcessorLimits.quota(root),
                Runtime.getRuntime().availableProcessors(),
                kibibytes(value(lines(root.resolve("proc/meminfo")), "MemTotal")) * 1024,
                limits.getTotalMemorySize());
    }

    boolean supported() {
        return os.equals("Linux") && arch.equals("amd64");
    }

    private static List<String> lines(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /** The value of the first {@code key: value} line; empty if there is none. */
    private static String value(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key) && line.contains(":"))
                .map(line -> line.substring(line.indexOf(':') + 1).trim())
                .findFirst()
                .orElse("");
    }

    /** From the form of /proc/meminfo, {@code 24684092 kB}. */
    private static long kibibytes(String text) {
        return Stream.of(text.split(" "))
                .limit(1)
                .filter(number -> !number.isEmpty())
                .mapToLong(Long::parseLong)
                .sum();
    }
}
