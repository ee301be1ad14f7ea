package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.cuda.CudaOptions;
import dev.duet.cli.SmallRun.Duet;
import dev.duet.run.RunConfig;
import dev.duet.run.RunFolder;
import dev.duet.run.RunManifest;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class DeviceOptionsTest {
    private static final Path SIMULATED = Path.of("target/simcuda");

    @Command
    private static final class Some {
        @Mixin
        private MachineOptions machine;
    }

    private static CudaOptions options(String... arguments) {
        Some some = new Some();
        new CommandLine(some).parseArgs(arguments);
        RunConfig config = some.machine.apply(RunConfig.preset("demo"));
        return Backends.cuda(config.train(), some.machine.device());
    }

    @Test
    void reachTheGpu() {
        assertThat(options("--device=cuda:3", "--cuda-home=/opt/cuda", "--fast", "--sync", "--no-branches"))
                .isEqualTo(new CudaOptions(
                        3, Path.of("/opt/cuda"), CudaOptions.Precision.TF32, true, true, true, false, false));
        assertThat(options("--device=cuda"))
                .isEqualTo(new CudaOptions(0, null, CudaOptions.Precision.TF32, false, false, true, true, false));
    }

    @ParameterizedTest
    @CsvSource({"fp32, FP32", "tf32, TF32", "bf16, BF16", "auto, TF32"})
    void precisionIsTheConfigurations(String given, CudaOptions.Precision expected) {
        RunConfig config = RunConfig.preset("demo").with("train.precision", given);
        assertThat(Backends.cuda(config.train(), new DeviceOptions()).precision())
                .isEqualTo(expected);
    }

    @Test
    void aRunOnAGpuRecordsItsLibraries(@TempDir Path folder) {
        Path run = SmallRun.train(
                folder.resolve("run"),
                "--device=auto",
                "--cuda-home=" + SIMULATED,
                "--sync",
                "--epochs=1",
                "--set=data.synthetic_count=30",
                "--set=model.widths=[4,4]");
        RunManifest manifest = RunManifest.read(new RunFolder(run).manifest());
        assertThat(manifest.device()).startsWith("cuda: Simulated GPU").endsWith(", tf32, no graphs");
        assertThat(manifest.backends())
                .containsKeys("driver", "cuBLAS", "cuDNN")
                .containsEntry("JCuda", "12.6.0");
    }

    @Test
    void aGpuBeyondTheLastIsNamed(@TempDir Path folder) {
        Duet.run(SmallRun.arguments(folder.resolve("run"), "--device=cuda:7", "--cuda-home=" + SIMULATED)
                        .toArray(String[]::new))
                .fails(1, "no usable NVIDIA GPU: no GPU cuda:7: the driver shows 1, counted from 0");
    }
}
