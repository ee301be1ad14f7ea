package dev.duet.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What keeps a process from some of the machine's processors, to name it; Java itself counts what is left. */
final class ProcessorLimits {
    private ProcessorLimits() {}

    /** How many processors a list such as {@code 0-3,8} names; 0 for an empty one. */
    static int affinity(String list) {
        return Stream.of(list.split(","))
                .filter(range -> !range.isBlank())
                .mapToInt(range -> {
                    String[] ends = range.strip().split("-");
                    return Integer.parseInt(ends[ends.length - 1]) - Integer.parseInt(ends[0]) + 1;
                })
                .sum();
    }

    /**
     * The smallest quota of this process's cgroup and those above it, version 1 or 2, in processors; 0 for none.
     *
     * @param root the folder that holds {@code proc} and {@code sys}
     */
    static double quota(Path root) throws IOException {
        Path cgroups = root.resolve("sys/fs/cgroup");
        double smallest = 0;
        for (String line : lines(root.resolve("proc/self/cgroup"))) {
            String[] parts = line.split(":", 3); // number, controllers (none in version 2), path
            if (parts.length < 3) continue;
            boolean second = parts[1].isEmpty();
            if (!second && !List.of(parts[1].split(",")).contains("cpu")) continue;
            Path top = second ? cgroups : cgroups.resolve(parts[1]);
            for (Path group : upTo(top, parts[2])) {
                double quota = second ? second(group) : first(group);
                if (quota > 0 && (smallest == 0 || quota < smallest)) smallest = quota;
            }
        }
        return smallest;
    }

    /** {@code top} and the groups on the way to {@code path}; in a container often only {@code top} is to be seen. */
    private static List<Path> upTo(Path top, String path) {
        List<Path> groups = new ArrayList<>(List.of(top));
        Path group = top;
        for (String name : path.split("/")) {
            if (name.isEmpty()) continue;
            group = group.resolve(name);
            groups.add(group);
        }
        return groups;
    }

    /** From {@code cpu.max}: {@code max 100000} or {@code 150000 100000}. */
    private static double second(Path group) throws IOException {
        List<String> lines = lines(group.resolve("cpu.max"));
        if (lines.isEmpty() || lines.get(0).startsWith("max")) return 0;
        String[] quotaAndPeriod = lines.get(0).split(" ");
        return Double.parseDouble(quotaAndPeriod[0]) / Double.parseDouble(quotaAndPeriod[1]);
    }

    /** From {@code cpu.cfs_quota_us}, −1 for none, and {@code cpu.cfs_period_us}. */
    private static double first(Path group) throws IOException {
        List<String> quota = lines(group.resolve("cpu.cfs_quota_us"));
        List<String> period = lines(group.resolve("cpu.cfs_period_us"));
        if (quota.isEmpty() || period.isEmpty()) return 0;
        return Math.max(0, Double.parseDouble(quota.get(0)) / Double.parseDouble(period.get(0)));
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
    }
}
