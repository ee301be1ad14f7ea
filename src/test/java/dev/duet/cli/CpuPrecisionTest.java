package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.cli.SmallRun.Duet;
import dev.duet.run.RunManifest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code --precision} on the CPU. */
class CpuPrecisionTest {
    private static final String REFUSAL = "--precision tf32: expected fp32, bf16 or auto, which the CPU computes in";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"fp32,fp32", "bf16,bf16", "auto,fp32"})
    void aRunIsTrainedInItButLookedAtInFloat32(String given, String used) {
        Path run = SmallRun.train(folder.resolve("run"), "--device=cpu", "--precision=" + given);
        assertThat(RunManifest.read(run.resolve("manifest.json")).device())
                .matches("cpu: own kernels, (scalar|avx2|avx512|avx512_bf16|amx), " + used + ", 2 threads");
        Duet eval = Duet.run("eval", run.toString(), "--device=cpu", "--pairs=20", "--likelihood=0", "--verbose");
        assertThat(eval.exit()).as(eval.err()).isZero();
        assertThat(eval.err()).containsPattern("device: cpu: own kernels, .*, fp32, ");
        Duet resumed = Duet.run("train", "--out=" + run, "--resume", "--device=cpu", "--verbose");
        assertThat(resumed.exit()).as(resumed.err()).isZero();
        assertThat(resumed.err()).containsPattern("device: cpu: own kernels, .*, " + used + ", ");
    }

    @Test
    void theCpuHasNoTf32() {
        String set = "--set=train.precision=tf32";
        for (String flag : List.of("--precision=tf32", set)) {
            Duet.run(SmallRun.arguments(folder.resolve("new"), "--device=cpu", flag)
                            .toArray(String[]::new))
                    .fails(2, REFUSAL, "try fp32, or bf16");
        }
        Duet.run("bench", "--device=cpu", "--precision=tf32").fails(2, REFUSAL);
        Duet.run("profile", "--device=cpu", "--precision=tf32").fails(2, REFUSAL);
        Duet.run("demo", "--device=cpu", "--precision=tf32", "--out=" + folder.resolve("new"))
                .fails(2, REFUSAL);
        assertThat(folder.resolve("new")).doesNotExist();
    }

    @Test
    void profilesInBfloat16() {
        Duet profile = Duet.run(
                "profile",
                "--device=cpu",
                "--precision=bf16",
                "--preset=lab",
                "--batch=2",
                "--repeats=1",
                "--threads=1");
        assertThat(profile.exit()).as(profile.err()).isZero();
        assertThat(profile.out().lines().findFirst().orElseThrow()).contains(", bf16, 1 thread");
    }
}
