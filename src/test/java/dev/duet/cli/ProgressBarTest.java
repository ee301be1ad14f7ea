package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ProgressBarTest {
    private static final String NEWLINE = System.lineSeparator();
    private long nanos;

    private ProgressBar bar(TerminalFixture streams, long first, int columns) {
        return new ProgressBar(streams.terminal, "epoch 3/20", first, 1000, "pairs", () -> nanos, columns);
    }

    private void seconds(double seconds) {
        nanos += (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    }

    @Test
    void redirectedItWritesAPlainLineTwiceAMinute() {
        TerminalFixture streams = TerminalFixture.redirected();
        try (ProgressBar bar = bar(streams, 0, 0)) {
            seconds(29);
            bar.update(290, "rec 144.5");
            assertThat(streams.err()).isEmpty();
            seconds(1);
            bar.update(300, "rec 144.5");
            seconds(1);
            bar.update(310, "rec 144.5");
        }
        assertThat(streams.err()).isEqualTo("epoch 3/20 30 %, 10.0 pairs/s, ETA 1:10, rec 144.5" + NEWLINE);
        assertThat(streams.out()).isEmpty();
    }

    @Test
    void onATerminalItRedrawsOneLineAndVanishes() {
        TerminalFixture streams = TerminalFixture.tty();
        try (ProgressBar bar = bar(streams, 0, 200)) {
            seconds(2);
            bar.update(500, "");
        }
        assertThat(streams.err())
                .isEqualTo("\r━━━━━━━━━━┄┄┄┄┄┄┄┄┄┄ epoch 3/20 50 %, 250 pairs/s, ETA 2 s\033[K" + "\r\033[K");
    }

    @Test
    void aNarrowTerminalGetsTheTextWithoutTheBarAndCutsIt() {
        TerminalFixture streams = TerminalFixture.tty();
        try (ProgressBar bar = bar(streams, 0, 30)) {
            seconds(2);
            bar.update(500, "");
        }
        assertThat(streams.err()).startsWith("\repoch 3/20 50 %, 250 pairs/s,\033[K");
    }

    @Test
    void aLogLineErasesTheBarFirst() {
        TerminalFixture streams = TerminalFixture.tty();
        try (ProgressBar bar = bar(streams, 0, 200)) {
            seconds(1);
            bar.update(1, "");
            streams.terminal.log("epoch 2 done");
        }
        assertThat(streams.err()).endsWith("\r\033[Kepoch 2 done" + NEWLINE);
    }

    @Test
    void whatAResumedRunFoundDoneDoesNotCountInTheRate() {
        TerminalFixture streams = TerminalFixture.redirected();
        try (ProgressBar bar = bar(streams, 400, 0)) {
            seconds(60);
            bar.update(700, "");
        }
        assertThat(streams.err()).contains("70 %, 5.00 pairs/s, ETA 1:00");
    }

    @Test
    void quietShowsNothing() {
        TerminalFixture streams = TerminalFixture.tty();
        new CommandLine(new DuetCommand(streams.terminal.verbosity())).parseArgs("--quiet");
        try (ProgressBar bar = bar(streams, 0, 80)) {
            seconds(60);
            bar.update(700, "");
        }
        assertThat(streams.err()).isEmpty();
    }

    @Test
    void bytesAreShownInBinaryUnits() {
        TerminalFixture streams = TerminalFixture.redirected();
        try (ProgressBar bar = new ProgressBar(
                streams.terminal, "train_32x32.mat", 0, 182L << 20, ProgressBar.BYTES, () -> nanos, 0)) {
            seconds(30);
            bar.update(60L << 20, "");
        }
        assertThat(streams.err()).isEqualTo("train_32x32.mat 32 %, 2.0 MiB/s, ETA 1:01" + NEWLINE);
    }
}
