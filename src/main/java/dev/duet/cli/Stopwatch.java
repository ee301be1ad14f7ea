package dev.duet.cli;

import java.time.Duration;
import java.util.Locale;

/** How long a piece of work takes, and how many cores it keeps busy. Runs from the moment when it is made. */
final class Stopwatch {
    private final long startNanos = System.nanoTime();
    private final Duration startCpu = cpu();

    /**
     * For instance {@code 10000 pairs in 9.81 s, 1019 pairs/s, 1.9 cores}; cores are the processor time of the whole process
     * over the time that passed.
     */
    String rate(long count, String unit) {
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        double cores = cpu().minus(startCpu).toNanos() / 1e9 / seconds;
        return count + " " + unit + " in " + Format.rate(seconds) + " s, " + Format.rate(count / seconds) + " " + unit
                + "/s, " + String.format(Locale.ROOT, "%.1f", cores) + " cores";
    }

    /** Processor time of this process so far, in steps of 10 ms on Linux; zero where the system does not tell. */
    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }
}
