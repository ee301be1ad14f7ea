package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class PhaseProgressTest {
    private static String shown(TerminalFixture streams, int steps) {
        try (PhaseProgress progress = new PhaseProgress(streams.terminal, "pairs")) {
            progress.at("means", 0, steps);
            progress.at("means", steps, steps);
            progress.at("neighbours", 0, 1);
            progress.at("neighbours", 1, 1);
        }
        return streams.err();
    }

    @Test
    void aTerminalShowsEachPhaseFromItsFirstMoment() {
        assertThat(shown(TerminalFixture.tty(), 100))
                .isEqualTo("\rmeans …\033[K" + "\r\033[K" + "\rneighbours …\033[K" + "\r\033[K");
    }

    @Test
    void elsewhereShortPhasesShowNothing() {
        assertThat(shown(TerminalFixture.redirected(), 100)).isEmpty();
    }

    @Test
    void quietShowsNothing() {
        TerminalFixture streams = TerminalFixture.tty();
        new CommandLine(new DuetCommand(streams.terminal.verbosity())).parseArgs("--quiet");
        assertThat(shown(streams, 100)).isEmpty();
    }

    @Test
    void verboseSaysTheRateOfEachPhase() {
        TerminalFixture streams = TerminalFixture.redirected();
        new CommandLine(new DuetCommand(streams.terminal.verbosity())).parseArgs("--verbose");
        assertThat(shown(streams, 100).lines().map(line -> line.replaceAll("[0-9.]+", "#")))
                .containsExactly(
                        "means: # pairs in # s, # pairs/s, # cores", "neighbours: # pairs in # s, # pairs/s, # cores");
    }

    /** As when Ctrl-C or an error ends it. */
    @Test
    void verboseSaysNothingOfAPhaseThatWasNotDone() {
        TerminalFixture streams = TerminalFixture.redirected();
        new CommandLine(new DuetCommand(streams.terminal.verbosity())).parseArgs("--verbose");
        try (PhaseProgress progress = new PhaseProgress(streams.terminal, "pairs")) {
            progress.at("means", 0, 100);
            progress.at("means", 99, 100);
        }
        assertThat(streams.err()).isEmpty();
    }

    @Test
    void manyStepsGetABar() throws InterruptedException {
        TerminalFixture streams = TerminalFixture.tty();
        try (PhaseProgress progress = new PhaseProgress(streams.terminal, "pairs")) {
            progress.at("means", 0, 100);
            Thread.sleep(150);
            progress.at("means", 50, 100);
        }
        assertThat(streams.err()).contains("\r━━━━━━━━━━┄┄┄┄┄┄┄┄┄┄ means 50 %, ");
    }
}
