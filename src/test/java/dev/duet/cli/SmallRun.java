package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs of a tiny model on procedural digits, which the command line trains within a second. */
final class SmallRun {
    private SmallRun() {}

    /** The arguments of {@code duet train} into {@code out}. */
    static List<String> arguments(Path out, String... further) {
        List<String> arguments = new ArrayList<>(List.of(
                "train",
                "--preset=demo",
                "--set=data.synthetic_count=120",
                "--set=modality.0.size=8",
                "--set=modality.1.size=8",
                "--set=model.widths=[4,8]",
                "--latent=6",
                "--batch=24",
                "--set=stage.0.epochs=2",
                "--set=sampler.components=[2,3]",
                "--set=sampler.samples=60",
                "--threads=2",
                "--out=" + out));
        arguments.addAll(List.of(further));
        return arguments;
    }

    /** Trains into {@code out}. */
    static Path train(Path out, String... further) {
        Duet duet = Duet.run(arguments(out, further).toArray(String[]::new));
        assertThat(duet.exit()).as(duet.err()).isZero();
        return out;
    }

    /** What a command printed, and its exit code. */
    record Duet(int exit, String out, String err) {
        static Duet run(String... arguments) {
            TerminalFixture streams = TerminalFixture.redirected();
            int exit = Main.run(streams.terminal, arguments);
            return new Duet(exit, streams.out(), streams.err());
        }

        /** It failed with {@code exit} and one sentence that holds {@code parts}; nothing on stdout. */
        void fails(int code, String... parts) {
            assertThat(exit).as(err).isEqualTo(code);
            assertThat(out).isEmpty();
            assertThat(err).contains(parts).doesNotContain("\tat ", "Exception", "internal error");
            List<String> lines = err.lines()
                    .filter(line -> !line.matches("(Try '|no GPU \\(|GPU found \\().*"))
                    .toList();
            assertThat(lines).as(err).hasSize(1).allMatch(line -> line.startsWith("duet: "));
        }
    }
}
