package dev.duet.gpucheck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.data.ImageSet;
import dev.duet.data.ImageSets;
import dev.duet.data.SyntheticDigits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main classes that tools/gpu-check runs. */
class GpuCheckMainsTest {
    @TempDir
    private Path folder;

    private record Result(int exitCode, String out) {
        static Result of(ToIntFunction<PrintStream> main) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            int exitCode = main.applyAsInt(new PrintStream(out, true, StandardCharsets.UTF_8));
            return new Result(exitCode, out.toString(StandardCharsets.UTF_8));
        }
    }

    @Test
    void runsTestsAndCountsThem() {
        Result result = Result.of(out -> ConformanceRunner.run("dev\\.duet\\.backend\\.ShardsTest", out));
        assertThat(result.exitCode).isZero();
        assertThat(result.out).contains("ShardsTest: ", " passed", "\"failed\": 0");
    }

    @Test
    void aFailureAndNothingToRunAreFailures() {
        Result failed = Result.of(out -> ConformanceRunner.run("dev\\.duet\\.gpucheck\\.Failing", out));
        assertThat(failed.exitCode).isEqualTo(1);
        assertThat(failed.out)
                .contains("FAILED Failing fails(): java.lang.AssertionError: on purpose")
                .contains("Failing: 1 of 2 failed", "{\"tests\": 2, \"failed\": 1, \"skipped\": 0");
        Result none = Result.of(out -> ConformanceRunner.run("dev\\.duet\\.Nothing", out));
        assertThat(none.exitCode).isEqualTo(1);
        assertThat(none.out).contains("no test matches dev\\.duet\\.Nothing");
    }

    @Test
    void showsTheLargestErrors() {
        Result result = Result.of(out -> {
            ConformanceRunner.largestErrors(List.of("2.00e-07\ty\tsmall", "3.00e-05\tdx\tlarge"), out);
            return 0;
        });
        assertThat(result.out).startsWith("3.00e-05\tdx\tlarge\n2.00e-07");
        assertThat(result.out).endsWith("{\"comparisons\": 2, \"largest_relative_error\": 3.00e-05}\n");
    }

    private Path run(String name, double loss, double right) throws IOException {
        return run(name, loss, 101, right);
    }

    private Path run(String name, double loss, double validation, double right) throws IOException {
        Path run = Files.createDirectory(folder.resolve(name));
        Files.writeString(run.resolve("metrics.jsonl"), """
                {"kind":"step","step":1,"loss":3}
                {"kind":"epoch","train_loss":%s,"rec":90,"kl":10,"val_loss":%s}
                """.formatted(loss, validation));
        Files.writeString(run.resolve("evaluation.json"), """
                {"coherence":[{"source":"a","target":"b","code":"sample","judged":[{"accuracy":{"value":%s}}]}]}
                """.formatted(right));
        return run;
    }

    private static Result compare(Path expected, Path actual) {
        return compare(expected, actual, false);
    }

    private static Result compare(Path expected, Path actual, boolean lastOnly) {
        return Result.of(out -> {
            try {
                return CompareRuns.run(expected, actual, 0.02, 0.05, 10, lastOnly, out);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void holdsLossesAndCoherenceAgainstTheirLimits() throws IOException {
        Path cpu = run("cpu", 100, 0.5);
        Result close = compare(cpu, run("close", 101, 0.45));
        assertThat(close.exitCode).isZero();
        assertThat(close.out)
                .contains("epoch 1 train_loss     100.0000     101.0000  1.0000 %", "a → b, sample")
                .contains("\"training_loss_difference\": 0.010000", "\"coherence_points\": 5.00", "\"close\": true");
        assertThat(compare(cpu, run("loss", 103, 0.5)).exitCode).isEqualTo(1);
        assertThat(compare(cpu, run("some validation", 100, 105, 0.5)).exitCode).isZero();
        assertThat(compare(cpu, run("validation", 100, 107, 0.5)).exitCode).isEqualTo(1);
        assertThat(compare(cpu, run("coherence", 100, 0.38)).exitCode).isEqualTo(1);
        Path shorter = run("shorter", 100, 0.5);
        Files.writeString(shorter.resolve("metrics.jsonl"), "{\"kind\":\"step\",\"step\":1,\"loss\":3}\n");
        Result missing = compare(cpu, shorter);
        assertThat(missing.exitCode).isEqualTo(1);
        assertThat(missing.out).contains("expected the same number of epochs, at least one; got 1 in");
    }

    @Test
    void holdsTheLastEpochAloneWhereToldTo() throws IOException {
        Path cpu = aligned("cpu", 60, 100);
        Path plateau = aligned("plateau", 69, 100);
        Result close = compare(cpu, plateau, true);
        assertThat(close.exitCode).isZero();
        assertThat(close.out)
                .contains("epoch 1 train_loss      60.0000      69.0000  15.0000 % (not held)\n")
                .contains("epoch 2 train_loss     100.0000     100.0000  0.0000 %\n");
        assertThat(compare(cpu, aligned("later", 60, 103), true).exitCode).isEqualTo(1);
        assertThat(compare(run("lab", 60, 0.5), run("other", 69, 0.5), true).exitCode)
                .isEqualTo(1);
    }

    /** An epoch that decodes nothing before one that does. */
    private Path aligned(String name, double aligning, double decoding) throws IOException {
        Path run = run(name, decoding, 0.5);
        Path metrics = run.resolve("metrics.jsonl");
        Files.writeString(metrics, """
                {"kind":"epoch","train_loss":%s,"rec":null,"kl":10,"val_loss":60}
                """.formatted(aligning) + Files.readString(metrics));
        return run;
    }

    @Test
    void keepsTheBeginningsOfTheSets() throws IOException {
        ImageSet grey = SyntheticDigits.handwriting(25, 1);
        ImageSet colour = SyntheticDigits.houseNumbers(25, 1);
        Path whole = folder.resolve("whole");
        for (boolean train : new boolean[] {true, false}) {
            SmallData.writeMnist(whole, train, grey);
            SmallData.writeSvhn(whole, train, colour);
        }
        SmallData.main(new String[] {whole.toString(), folder.resolve("small").toString(), "20"});
        for (boolean train : new boolean[] {true, false}) {
            int count = train ? 20 : 4;
            same(ImageSets.mnist(folder.resolve("small"), train), grey.first(count));
            same(ImageSets.svhn(folder.resolve("small"), train), colour.first(count));
        }
    }

    private static void same(ImageSet actual, ImageSet expected) {
        assertThat(actual.count()).isEqualTo(expected.count());
        assertThat(actual.labels()).containsExactly(expected.labels());
        for (int i : List.of(0, expected.count() - 1))
            assertThat(actual.image(i)).containsExactly(expected.image(i));
    }
}
