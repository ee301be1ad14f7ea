package dev.duet.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** How busy others keep the machine's processors meanwhile. */
final class MachineLoad {
    /** Fields of the first line of /proc/stat, behind its name: idle and waiting for disks. */
    private static final int IDLE = 3;

    private static final int WAITING = 4;
    /** The fields from user to steal; the rest are parts of them. */
    private static final int FIELDS = 8;
    /** Fields 14 and 15 of /proc/PID/stat, counted behind the name. */
    private static final int USER = 12;

    private static final int SYSTEM = 13;

    private final long began = System.nanoTime();
    private final long busy; // ticks
    private final long own;

    private MachineLoad(long busy, long own) {
        this.busy = busy;
        this.own = own;
    }

    /**
     * What was found.
     *
     * @param average runnable processes in the last minute, this one's threads among them; NaN where Linux does not say
     * @param othersCores processors that all but this process took from {@link #begin} to {@link #end}, time stolen from a
     *     virtual machine included; NaN likewise
     */
    record Found(double average, double othersCores) {}

    static MachineLoad begin() {
        return new MachineLoad(busyTicks(read("/proc/stat")), ownTicks(read("/proc/self/stat")));
    }

    Found end() {
        String load = read("/proc/loadavg");
        double average = load.isEmpty() ? Double.NaN : Double.parseDouble(load.split(" ")[0]);
        long others = busyTicks(read("/proc/stat")) - busy - (ownTicks(read("/proc/self/stat")) - own);
        double seconds = (System.nanoTime() - began) * 1e-9;
        double cores = busy == 0 ? Double.NaN : Math.max(0, others / seconds / ProcessFigures.TICKS);
        return new Found(average, cores);
    }

    /** @param stat content of {@code /proc/stat} */
    static long busyTicks(String stat) {
        if (stat.isEmpty()) return 0;
        long[] fields = Stream.of(stat.lines().findFirst().orElseThrow().split(" +"))
                .skip(1)
                .limit(FIELDS)
                .mapToLong(Long::parseLong)
                .toArray();
        return LongStream.of(fields).sum() - fields[IDLE] - fields[WAITING];
    }

    /** @param stat content of {@code /proc/PID/stat} */
    static long ownTicks(String stat) {
        return stat.isEmpty() ? 0 : ProcessFigures.field(stat, USER) + ProcessFigures.field(stat, SYSTEM);
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            return "";
        }
    }
}
