package dev.duet.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What Linux says of this process. */
final class ProcessFigures {
    /** Ticks of /proc per second, on every Linux on x86-64. */
    static final int TICKS = 100;
    /** Where field 22 of /proc/PID/stat, the start, stands behind the name of field 2, which may hold blanks. */
    private static final int START_AFTER_NAME = 20;

    private ProcessFigures() {}

    /** For how long it has run, {@code ./duet} before Java included: what a user waits. To 10 ms. */
    static long ageMillis() {
        try {
            return ageMillis(Files.readString(Path.of("/proc/uptime")), Files.readString(Path.of("/proc/self/stat")));
        } catch (IOException e) {
            return ManagementFactory.getRuntimeMXBean().getUptime(); // without what ran before Java
        }
    }

    /**
     * @param uptime content of {@code /proc/uptime}
     * @param stat content of {@code /proc/PID/stat}
     */
    static long ageMillis(String uptime, String stat) {
        double now = Double.parseDouble(uptime.split(" ")[0]);
        return Math.round(1000 * (now - (double) field(stat, START_AFTER_NAME) / TICKS));
    }

    /** A field of {@code /proc/PID/stat}, counted from the one behind the name as 1. */
    static long field(String stat, int afterName) {
        return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ")[afterName - 1]);
    }

    /** Lets {@link #peakMemory} begin anew, where Linux does. */
    static void forgetPeakMemory() {
        try {
            Files.writeString(Path.of("/proc/self/clear_refs"), "5");
        } catch (IOException e) {
            System.getLogger(ProcessFigures.class.getName())
                    .log(System.Logger.Level.DEBUG, "the peak stays that of the whole process", e);
        }
    }

    /** Most memory that it has had resident, bytes; 0 where Linux does not say. */
    static long peakMemory() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
