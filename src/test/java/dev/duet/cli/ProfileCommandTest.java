package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.cli.SmallRun.Duet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ProfileCommandTest {
    @TempDir
    private Path folder;

    /** The lab's model, narrow and small, without data. */
    private static Duet profile(String... further) {
        List<String> arguments = new ArrayList<>(List.of(
                "profile",
                "--preset=lab",
                "--set=modality.0.size=8",
                "--set=modality.1.size=8",
                "--set=model.widths=[4,4]",
                "--latent=3",
                "--batch=6",
                "--device=cpu",
                "--threads=2",
                "--repeats=2"));
        arguments.addAll(List.of(further));
        return Duet.run(arguments.toArray(String[]::new));
    }

    private static JsonNode json(Duet duet) {
        assertThat(duet.exit()).as(duet.err()).isZero();
        return JsonMapper.shared().readTree(duet.out());
    }

    @Test
    void aStepIsPrintedAndTraced() throws IOException {
        Path trace = folder.resolve("trace.json");
        Duet duet = profile("--trace=" + trace);
        assertThat(duet.exit()).as(duet.err()).isZero();
        assertThat(duet.out())
                .startsWith("step of 6 pairs, preset lab on cpu: own kernels, ")
                .contains("peaks measured in this run: ")
                .contains("encoder.svhn.0  conv 4×4/2 3→4")
                .contains("decoder.mnist.2  conv-transpose 4×4/2 4→1 + bernoulli")
                .contains("medians of 2: all ops ");
        JsonNode events = JsonMapper.shared().readTree(Files.readString(trace)).path("traceEvents");
        assertThat(events.size()).isEqualTo(1 + 2 + 30); // process, two tracks, 30 passes of one shard
    }

    @Test
    void theJsonHoldsPeaksAndOps() {
        JsonNode profile = json(profile("--json")).path("profiles").get(0);
        assertThat(profile.path("ops").size()).isEqualTo(30);
        assertThat(profile.path("peaks").path("gflop_per_s").doubleValue()).isPositive();
        assertThat(profile.path("peaks").path("gb_per_s").doubleValue()).isPositive();
        assertThat(profile.path("step_millis").doubleValue()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gather",
                "normal",
                "augment",
                "linear",
                "conv",
                "conv-transpose",
                "likelihood",
                "contrast",
                "cosine",
                "cross-entropy",
                "adam"
            })
    void eachKernelRunsAlone(String name) {
        JsonNode profiles =
                json(profile("--kernel=" + name, "--size=1100", "--json")).path("profiles");
        assertThat(profiles.size()).isEqualTo(1);
        assertThat(profiles.get(0).path("title").stringValue()).isEqualTo(name + ", N = 1100");
        JsonNode ops = profiles.get(0).path("ops");
        assertThat(ops.size()).isBetween(1, 2);
        for (JsonNode op : ops) {
            assertThat(op.path("millis").doubleValue()).isPositive();
            assertThat(op.path("bytes").longValue()).isPositive();
        }
    }

    @Test
    void theFusedOutputStandsBesideTheSeparateOne() {
        Duet duet = profile("--kernel=output", "--size=64");
        assertThat(duet.exit()).as(duet.err()).isZero();
        assertThat(duet.out())
                .contains("output, fused, N = 64", "output, separate, N = 64", "conv-transpose 4×4/2 4→3 + gaussian")
                .contains("logits  gaussian")
                .containsPattern("fused [0-9.]+ ms, separate [0-9.]+ ms: separate takes [0-9.]+ times as long");
    }

    @Test
    void theLatentPartIsFusedAloneWhereThereIsNothingBesideIt() {
        Duet duet = profile("--kernel=latent", "--size=64");
        assertThat(duet.exit()).as(duet.err()).isZero();
        assertThat(duet.out())
                .contains("latent, fused, N = 64", "latent  experts to codes, 1 posterior of 3")
                .doesNotContain("separate");
    }

    @Test
    void kernelsAreListed() {
        Duet duet = profile("--kernel=list");
        assertThat(duet.exit()).isZero();
        assertThat(duet.out()).contains("gather ", "latent ", "output ", "adam ");
    }

    @Test
    void wrongArgumentsAreUsageErrors() {
        profile("--kernel=gatter").fails(2, "--kernel gatter: expected one of gather, normal, ");
        profile("--size=5").fails(2, "--size is of a --kernel; for a step use --batch");
        Duet.run("profile", "--repeats=0").fails(2, "--repeats: expected at least 1, got 0");
    }
}
