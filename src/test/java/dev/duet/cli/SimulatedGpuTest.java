package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.cuda.SimCuda;
import dev.duet.cli.SmallRun.Duet;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Commands on the simulated GPU. */
class SimulatedGpuTest {
    private static final String HOME = "--cuda-home=" + Path.of("target", "simcuda");

    @TempDir
    private Path folder;

    /** Weights are float32 on every device, so precision is the training's, not the checkpoint's. */
    @Test
    void theCpuLooksAtWhatAGpuTrainedInFewerBits() {
        Path run = SmallRun.train(folder.resolve("run"), "--device=cuda", HOME, "--precision=tf32");
        Duet eval = Duet.run("eval", run.toString(), "--device=cpu", "--pairs=20", "--likelihood=1");
        assertThat(eval.exit()).as(eval.err()).isZero();
        assertThat(eval.out()).contains("Coherence");
        Duet.run("train", "--out=" + run, "--resume", "--device=cpu").fails(1, "--precision tf32: expected fp32");
    }

    @Test
    void autoTakesTheCpuWhereTheGpuHasNoMemoryLeft() {
        SimCuda.set("fail", "cuMemHostAlloc:1:2");
        Duet train = Duet.run(SmallRun.arguments(folder.resolve("full"), "--device=auto", HOME)
                .toArray(String[]::new));
        assertThat(train.exit()).as(train.err()).isZero();
        assertThat(train.err()).contains("no GPU (cuMemHostAlloc, pinned memory", "computing on cpu: ");
    }

    @Test
    void benchmarksInThePrecisionAskedFor() {
        Duet bench = Duet.run(
                "bench",
                "--device=cuda",
                HOME,
                "--json",
                "--precision=bf16",
                "--batch=4",
                "--images=8",
                "--steps=1",
                "--set=model.widths=[4,8]",
                "--set=modality.mnist.size=8",
                "--set=modality.svhn.size=8");
        assertThat(bench.exit()).as(bench.err()).isZero();
        JsonNode line = JsonMapper.builder().build().readTree(bench.out());
        assertThat(line.get("device").stringValue())
                .startsWith("cuda: Simulated GPU")
                .contains("bf16");
        assertThat(line.get("device_bytes").longValue()).isPositive();
        assertThat(line.get("loss").doubleValue()).isPositive();
    }
}
