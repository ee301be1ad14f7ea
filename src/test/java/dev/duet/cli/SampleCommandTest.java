package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.cli.SmallRun.Duet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The samplers of {@code duet sample}, and where they come from. */
class SampleCommandTest {
    @TempDir
    private static Path shared;

    private static Path trained;

    @TempDir
    private Path folder;

    @BeforeAll
    static void train() {
        trained = SmallRun.train(shared.resolve("trained"));
    }

    private static Path sampler(Path run) {
        return run.resolve("checkpoints/sampler.safetensors");
    }

    /** The first picture that {@code options} draw, which they say come from {@code codes}. */
    private byte[] draws(Path run, String codes, String... options) throws IOException {
        Path out = folder.resolve("out");
        String[] arguments = new String[4 + options.length];
        arguments[0] = "sample";
        arguments[1] = run.toString();
        arguments[2] = "-n1";
        arguments[3] = "--out=" + out;
        System.arraycopy(options, 0, arguments, 4, options.length);
        Duet duet = Duet.run(arguments);
        assertThat(duet.exit()).as(duet.err()).isZero();
        assertThat(duet.out()).isEqualTo("1 samples in " + out + ", codes: " + codes + "\n");
        return Files.readAllBytes(out.resolve("housenumbers/00000.png"));
    }

    @Test
    void aTrainedRunDrawsFromItsMixtureUnlessToldOtherwise() throws IOException {
        byte[] mixture = draws(trained, "fitted mixture");
        assertThat(draws(trained, "fitted mixture", "--sampler=mixture")).isEqualTo(mixture);
        assertThat(draws(trained, "N(0, I)", "--sampler=prior")).isNotEqualTo(mixture);
        assertThat(draws(trained, "fitted mixture, temperature 0.5", "--temperature=0.5"))
                .isNotEqualTo(mixture);
        byte[] mean = draws(trained, "N(0, I), temperature 0.0", "--sampler=prior", "--temperature=0");
        assertThat(draws(trained, "N(0, I), temperature 0.0", "--sampler=prior", "--temperature=0", "--seed=2"))
                .as("housenumbers has no private code here")
                .isEqualTo(mean);
    }

    @Test
    void trainingFitsTheSameMixtureWhenItGoesOnAfterwards() throws IOException {
        Path run = SmallRun.train(folder.resolve("run"));
        byte[] fitted = Files.readAllBytes(sampler(run));
        Files.delete(sampler(run));
        Duet resumed = Duet.run("train", "--out=" + run, "--resume");
        assertThat(resumed.exit()).as(resumed.err()).isZero();
        assertThat(resumed.err())
                .contains("sampler: mixtures fitted to ", " training pairs: ", " for shared codes, in ");
        assertThat(Files.readAllBytes(sampler(run))).isEqualTo(fitted);
        assertThat(Duet.run("train", "--out=" + run, "--resume").err()).doesNotContain("sampler:");
    }

    @Test
    void aRunWithoutAMixtureGetsOneOnRequest() throws IOException {
        Path run = SmallRun.train(folder.resolve("run"), "--set=sampler.kind=none");
        assertThat(sampler(run)).doesNotExist();
        byte[] prior = draws(run, "N(0, I)");
        assertThat(sampler(run)).doesNotExist();
        byte[] mixture = draws(run, "fitted mixture", "--sampler=mixture");
        assertThat(mixture).isNotEqualTo(prior);
        assertThat(draws(run, "fitted mixture")).isEqualTo(mixture);
    }

    @Test
    void aMixtureOfOtherWeightsIsPassedOverUntilItIsFittedAnew() throws IOException {
        Path run = SmallRun.train(folder.resolve("run"), "--seed=5");
        Files.copy(sampler(trained), sampler(run), StandardCopyOption.REPLACE_EXISTING);
        String[] parts = {
            "codes come from N(0, I), not from the sampler: " + sampler(run)
                    + ": expected a sampler fitted with weights.",
            "fit it anew with: duet sample " + run + " --sampler mixture --out DIR"
        };
        Duet stale = Duet.run("sample", run.toString(), "-n1", "--out=" + folder.resolve("out"));
        assertThat(stale.exit()).as(stale.err()).isZero();
        assertThat(stale.err()).contains(parts);
        assertThat(stale.out()).contains("codes: N(0, I)");
        Duet measured = Duet.run("eval", run.toString(), "--pairs=24");
        assertThat(measured.exit()).as(measured.err()).isZero();
        assertThat(measured.err()).contains(parts);
        assertThat(measured.out()).doesNotContain("mixture");
        byte[] mixture = draws(run, "fitted mixture", "--sampler=mixture");
        assertThat(draws(run, "fitted mixture")).isEqualTo(mixture);
    }

    @Test
    void aStopLeavesNoHalfMixture() throws IOException {
        Path run = SmallRun.train(folder.resolve("run"), "--set=sampler.kind=none");
        TerminalFixture streams = TerminalFixture.redirected();
        try (OpenRun open = new OpenRun(run, new MachineOptions(), streams.terminal)) {
            RunSampler sampler = new RunSampler(open, streams.terminal);
            assertThatThrownBy(() -> sampler.findOrFit(() -> true)).isInstanceOf(CancellationException.class);
            assertThat(sampler(run)).doesNotExist();
            assertThat(sampler.find()).isEmpty();
        }
    }

    @Test
    void wrongOptionsAreSaid() {
        String out = "--out=" + folder;
        Duet.run("sample", trained.toString(), out, "--sampler=gmm")
                .fails(2, "--sampler: expected prior or mixture, got 'gmm'");
        for (String wrong : new String[] {"-1", "NaN", "Infinity"})
            Duet.run("sample", trained.toString(), out, "--temperature=" + wrong)
                    .fails(2, "--temperature: expected 0 or more, got " + Double.valueOf(wrong));
    }

    @Test
    void evaluationMeasuresEachSamplerThatThereIs() throws IOException {
        Path run = SmallRun.train(folder.resolve("run"), "--set=sampler.kind=none");
        Duet plain = Duet.run("eval", run.toString(), "--pairs=24");
        assertThat(plain.exit()).as(plain.err()).isZero();
        assertThat(plain.out())
                .contains("joint, N(0, I)", "joint, aggregate posterior")
                .doesNotContain("mixture");
        assertThat(plain.err()).contains("to fit one: duet sample " + run + " --sampler mixture --out DIR");
        draws(run, "fitted mixture", "--sampler=mixture");
        Duet fitted = Duet.run("eval", run.toString(), "--pairs=24", "--json");
        assertThat(fitted.out()).contains("\"sampler\" : \"fitted mixture\"", "\"private_codes\" : \"none\"");
        assertThat(fitted.err()).doesNotContain("--sampler mixture");
    }
}
