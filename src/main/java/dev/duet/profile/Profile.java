package dev.duet.profile;

import dev.duet.profile.TimedOp.Direction;
import java.util.Comparator;
import java.util.List;

/**
 * Where the time of a step goes. Times are medians over the repeats.
 *
 * @param title what was run, e.g. {@code step of 128 pairs, preset lab}
 * @param device as its backend describes it
 * @param repeats how often
 * @param workers threads that ran shards side by side
 * @param stepMillis the whole step as training runs it, without marks, and on a GPU as one recorded program
 * @param profiledMillis the whole step with marks, op by op
 * @param peaks what the machine can do
 * @param rows one per op and pass, in the order in which they were made
 * @param events all passes of the last recorded step
 */
public record Profile(
        String title,
        String device,
        int repeats,
        int workers,
        double stepMillis,
        double profiledMillis,
        Peaks peaks,
        List<Row> rows,
        List<Event> events) {
    /**
     * One op's forward or backward pass, over all shards.
     *
     * @param name of the layer or tensor
     * @param what it is
     * @param calls per step: one per shard, or one for the batch
     * @param millis per step; of shards that ran side by side, the sum of their times divided by the workers
     * @param flop per step, 0 for ops without matrix products
     * @param bytes per step, the fewest
     */
    public record Row(String name, String what, Direction direction, int calls, double millis, long flop, long bytes) {
        /** 10⁹ FLOP per second. */
        public double gflopPerSecond() {
            return flop / millis * 1e-6;
        }

        /** 10⁹ bytes per second. */
        public double gbPerSecond() {
            return bytes / millis * 1e-6;
        }
    }

    /**
     * One pass of one op of one shard.
     *
     * @param shard of the batch, or −1 for ops of the whole batch
     * @param beginNanos since the step began
     */
    public record Event(
            String name, String what, Direction direction, int shard, double beginNanos, double nanos, OpCost cost) {}

    public Profile {
        rows = List.copyOf(rows);
        events = List.copyOf(events);
    }

    /** The rows, those that take longest first. */
    public List<Row> sorted() {
        return rows.stream()
                .sorted(Comparator.comparingDouble(Row::millis).reversed())
                .toList();
    }

    /** All rows as one. */
    public Row total() {
        return new Row(
                "all ops",
                "",
                Direction.FORWARD,
                rows.stream().mapToInt(Row::calls).sum(),
                rows.stream().mapToDouble(Row::millis).sum(),
                rows.stream().mapToLong(Row::flop).sum(),
                rows.stream().mapToLong(Row::bytes).sum());
    }
}
