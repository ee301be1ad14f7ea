package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.BuildInfo;
import org.junit.jupiter.api.Test;

class MainTest {
    private final TerminalFixture streams = TerminalFixture.redirected();

    private int duet(String... arguments) {
        return Main.run(streams.terminal, arguments);
    }

    @Test
    void aloneItPrintsTheHelpToStdout() {
        assertThat(duet()).isZero();
        assertThat(streams.out()).contains("Usage: duet", "doctor", "completion", "Examples:", "NO_COLOR");
        assertThat(streams.err()).isEmpty();
    }

    @Test
    void versionNamesTheBuildAndTheJava() {
        assertThat(duet("--version")).isZero();
        assertThat(streams.out())
                .startsWith("Duet " + BuildInfo.current().version())
                .contains("Java " + Runtime.version());
        assertThat(BuildInfo.current().version()).matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
    }

    @Test
    void anUnknownOptionIsAUsageErrorInOneSentence() {
        assertThat(duet("doctor", "--dat")).isEqualTo(2);
        assertThat(streams.err())
                .isEqualTo("duet: Unknown option: '--dat'" + System.lineSeparator()
                        + "Possible solutions: --data" + System.lineSeparator()
                        + "Try 'duet doctor --help'." + System.lineSeparator());
        assertThat(streams.out()).isEmpty();
    }

    @Test
    void anUnknownCommandSuggestsAKnownOne() {
        assertThat(duet("doctr")).isEqualTo(2);
        assertThat(streams.err()).contains("'doctr'", "duet doctor", "Try 'duet --help'.");
    }

    @Test
    void everyCommandHasHelpWithExamples() {
        for (String command : new String[] {"doctor", "data", "completion"}) {
            TerminalFixture own = TerminalFixture.redirected();
            assertThat(Main.run(own.terminal, "help", command)).isZero();
            assertThat(own.out()).contains("Usage: duet " + command, "--help", "Examples:", "--quiet");
            TerminalFixture byOption = TerminalFixture.redirected();
            assertThat(Main.run(byOption.terminal, command, "-h")).isZero();
            assertThat(byOption.out()).isEqualTo(own.out());
        }
    }

    @Test
    void verbosityMayStandBeforeOrAfterTheCommand() {
        assertThat(duet("-v", "doctor")).isZero();
        assertThat(streams.terminal.verbosity().verbose()).isTrue();
        TerminalFixture after = TerminalFixture.redirected();
        Main.run(after.terminal, "doctor", "--quiet");
        assertThat(after.terminal.verbosity().quiet()).isTrue();
        assertThat(after.terminal.verbosity().verbose()).isFalse();
    }

    @Test
    void quietAndVerboseExcludeEachOther() {
        assertThat(duet("-q", "doctor", "-v")).isEqualTo(2);
        assertThat(streams.err()).startsWith("duet: --quiet and --verbose exclude each other");
    }

    @Test
    void completionNamesEveryCommand() {
        assertThat(duet("completion")).isZero();
        assertThat(streams.out()).startsWith("#!/usr/bin/env bash").contains("doctor", "--json", "complete -F");
    }

    @Test
    void helpIsColouredOnATerminalOnlyAndNotWithNoColor() {
        assertThat(duet("--help")).isZero();
        assertThat(streams.out()).doesNotContain("\033[");
        TerminalFixture tty = TerminalFixture.tty();
        Main.run(tty.terminal, "--help");
        assertThat(tty.out()).contains("\033[");
        TerminalFixture noColour = new TerminalFixture(true, java.util.Map.of("TERM", "xterm", "NO_COLOR", "1"));
        Main.run(noColour.terminal, "--help");
        assertThat(noColour.out()).doesNotContain("\033[");
    }
}
