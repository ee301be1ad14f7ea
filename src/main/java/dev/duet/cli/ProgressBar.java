package dev.duet.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How far a long task is, on stderr: on a terminal one line that is redrawn and vanishes on {@link #close}, elsewhere a
 * plain line twice a minute, with {@code --quiet} nothing. Updates cost a clock reading, so they may come with each step.
 */
final class ProgressBar implements AutoCloseable {
    /** The unit that is shown as KiB, MiB and so on. */
    static final String BYTES = "B";

    private static final int BAR_CELLS = 20;
    private static final int DEFAULT_COLUMNS = 80;
    private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long PLAIN_LINE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Terminal terminal;
    private final String title;
    private final long first;
    private final long total;
    private final String unit;
    private final LongSupplier nanoTime;
    private final int columns;
    private final long intervalNanos;
    private final long startNanos;
    private long shownNanos;

    /**
     * @param title what is done, such as {@code epoch 3/20}
     * @param first how much is done already, e.g. by the run or download that is resumed; not counted in the rate
     * @param total how much there is to do
     * @param unit what is counted, such as {@code pairs}, or {@link #BYTES}
     */
    ProgressBar(Terminal terminal, String title, long first, long total, String unit) {
        this(terminal, title, first, total, unit, System::nanoTime, terminal.errIsTty() ? columns() : 0);
    }

    ProgressBar(
            Terminal terminal, String title, long first, long total, String unit, LongSupplier nanoTime, int columns) {
        this.terminal = terminal;
        this.title = title;
        this.first = first;
        this.total = total;
        this.unit = unit;
        this.nanoTime = nanoTime;
        this.columns = columns;
        this.intervalNanos = terminal.errIsTty() ? REDRAW_NANOS : PLAIN_LINE_NANOS;
        this.startNanos = nanoTime.getAsLong();
        this.shownNanos = startNanos;
    }

    /** Whether {@link #update} would show anything now; saves callers the making of its text. */
    boolean isDue() {
        return !terminal.verbosity().quiet() && nanoTime.getAsLong() - shownNanos >= intervalNanos;
    }

    /**
     * @param done how much is done now, in [first, total]
     * @param terms what else to show, such as {@code rec 144.5 kl 34.1}; may be empty
     */
    void update(long done, String terms) {
        if (!isDue()) return;
        long now = nanoTime.getAsLong();
        shownNanos = now;
        String text = describe(done, (now - startNanos) / 1e9, terms);
        String whole = bar(done) + " " + text;
        if (terminal.errIsTty()) terminal.status(fit(whole.length() < columns ? whole : text));
        else terminal.log(text);
    }

    @Override
    public void close() {
        terminal.eraseStatus();
    }

    /** For instance {@code epoch 3/20 42 %, 312 pairs/s, ETA 1:23, rec 144.5 kl 34.1}. */
    private String describe(long done, double seconds, String terms) {
        double perSecond = (done - first) / seconds;
        String rate = unit.equals(BYTES) ? Format.bytes(Math.round(perSecond)) : Format.rate(perSecond) + " " + unit;
        String eta = perSecond > 0 ? Format.duration((total - done) / perSecond) : "unknown";
        return title + " " + 100 * done / Math.max(total, 1) + " %, " + rate + "/s, ETA " + eta
                + (terms.isEmpty() ? "" : ", " + terms);
    }

    private String bar(long done) {
        int full = (int) (BAR_CELLS * done / Math.max(total, 1));
        return "━".repeat(full) + "┄".repeat(BAR_CELLS - full);
    }

    /** A line that wrapped could not be redrawn, so it is cut one column short of the edge. */
    private String fit(String line) {
        return line.length() < columns ? line : line.substring(0, columns - 1);
    }

    /** The terminal's width as {@code stty} tells it, which no Java API does. */
    private static int columns() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String[] size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .trim()
                    .split(" ");
            int columns = size.length == 2 ? Integer.parseInt(size[1]) : 0;
            return columns > BAR_CELLS ? columns : DEFAULT_COLUMNS;
        } catch (IOException | NumberFormatException e) {
            return DEFAULT_COLUMNS;
        }
    }
}
