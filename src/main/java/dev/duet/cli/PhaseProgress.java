package dev.duet.cli;

/**
 * A progress bar for each phase of a task. A phase's name stands on a terminal from its first moment, so that one which
 * cannot tell how far it is, or has few steps, shows at least that it runs. With {@code --verbose} the end of one that was done says its rate.
 */
final class PhaseProgress implements AutoCloseable {
    /** A bar of fewer steps would jump. */
    private static final int LEAST_STEPS = 10;

    private final Terminal terminal;
    private final String unit;
    private String phase = "";
    private int done; // of the phase, as last told
    private int total;
    private ProgressBar bar; // null before the first phase
    private Stopwatch watch; // of the phase

    /** @param unit what the phases with many steps count, such as {@code pairs} */
    PhaseProgress(Terminal terminal, String unit) {
        this.terminal = terminal;
        this.unit = unit;
    }

    /**
     * @param current name of the phase; another one than last time begins a new bar
     * @param done how much of it is done
     * @param total how much there is to do
     */
    void at(String current, int done, int total) {
        if (!current.equals(phase)) begin(current, total);
        this.done = done;
        if (total >= LEAST_STEPS) bar.update(done, "");
    }

    private void begin(String current, int total) {
        close();
        phase = current;
        this.total = total;
        watch = new Stopwatch();
        bar = new ProgressBar(terminal, current, 0, total, unit);
        if (terminal.errIsTty() && !terminal.verbosity().quiet()) terminal.status(current + " …");
    }

    /** Also ends a phase that was interrupted or failed, of which it says nothing. */
    @Override
    public void close() {
        if (bar == null) return;
        bar.close();
        if (done == total) terminal.detail(phase + ": " + watch.rate(total, unit));
    }
}
