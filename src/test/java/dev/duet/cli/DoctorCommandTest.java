package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.cuda.CudaReport;
import dev.duet.data.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DoctorCommandTest {
    @TempDir
    private Path folder;

    private static int doctor(TerminalFixture streams, Check nativeLibrary, String... arguments) {
        return new CommandLine(new DoctorCommand(streams.terminal, () -> nativeLibrary)).execute(arguments);
    }

    @Test
    void namesWhatIsThereAndWhatIsNot() throws IOException {
        Files.createFile(Files.createDirectory(folder.resolve("svhn")).resolve("train_32x32.mat"));
        TerminalFixture streams = TerminalFixture.redirected();
        int exitCode = doctor(streams, Check.ok("kernels", "loaded"), "--data", folder.toString());
        assertThat(exitCode).isZero();
        assertThat(streams.out())
                .contains("✓ JDK", "✓ platform       Linux amd64", "✓ kernels        loaded")
                .contains(
                        "→ data           mnist 0 of 4 files, svhn 1 of 2 files in " + folder,
                        "duet data fetch --data " + folder);
    }

    @Test
    void bothDataSetsAreFound() throws IOException {
        for (Manifest.Entry file : Manifest.packaged().files()) {
            Files.createDirectories(file.in(folder).getParent());
            if (!file.optional()) Files.createFile(file.in(folder));
        }
        TerminalFixture streams = TerminalFixture.redirected();
        doctor(streams, Check.ok("kernels", "loaded"), "--data", folder.toString());
        assertThat(streams.out()).contains("✓ data           mnist 4 of 4 files, svhn 2 of 2 files in " + folder);
    }

    @Test
    void failsIfTheKernelsDoNotLoadAndSaysWhatMendsIt() {
        TerminalFixture streams = TerminalFixture.redirected();
        int exitCode = doctor(streams, Check.missing("kernels", "no libduet.so", "./mvnw package"));
        assertThat(exitCode).isEqualTo(1);
        assertThat(streams.out()).contains("✗ kernels        no libduet.so", " ./mvnw package");
    }

    @Test
    void jsonHoldsTheSame() {
        TerminalFixture streams = TerminalFixture.redirected();
        doctor(streams, Check.missing("kernels", "no libduet.so", ""), "--json");
        JsonNode report = JsonMapper.builder().build().readTree(streams.out());
        assertThat(report.get("usable").asBoolean()).isFalse();
        assertThat(report.get("machine").get("allowedProcessors").asInt())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(report.get("checks")
                        .valueStream()
                        .map(check -> check.get("name").asString()))
                .startsWith(
                        "JDK", "platform", "processors", "threads", "instructions", "memory", "g++", "kernels", "data");
        assertThat(report.get("cuda").get("reasons").isArray()).isTrue();
    }

    @Test
    void compilerIsLookedForOnThePath() throws IOException {
        assertThat(DoctorCommand.compiler(folder + "::" + folder).status()).isEqualTo(Check.Status.OPTIONAL);
        Path compiler = Files.createFile(folder.resolve("g++"));
        assertThat(compiler.toFile().setExecutable(true)).isTrue();
        assertThat(DoctorCommand.compiler("/nowhere:" + folder).status()).isEqualTo(Check.Status.OK);
    }

    @Test
    void machineIsReadFromProc() throws IOException {
        Path proc = Files.createDirectory(folder.resolve("proc"));
        Files.writeString(proc.resolve("cpuinfo"), """
                processor\t: 0
                model name\t: Some CPU @ 2.00GHz
                flags\t\t: fpu sse avx2 fma avx512f avx512_bf16 amx_tile

                processor\t: 1
                model name\t: Some CPU @ 2.00GHz
                flags\t\t: fpu sse avx2 fma avx512f avx512_bf16 amx_tile
                """);
        Files.writeString(proc.resolve("meminfo"), "MemTotal:       2097152 kB\nMemFree: 1 kB\n");
        Machine machine = Machine.read(folder);
        assertThat(machine.cpu()).isEqualTo("Some CPU @ 2.00GHz");
        assertThat(machine.isa()).containsExactly("avx2", "fma", "avx512f", "avx512_bf16", "amx_tile");
        assertThat(machine.processors()).isEqualTo(2);
        assertThat(machine.memoryBytes()).isEqualTo(2L << 30);
    }

    @Test
    void limitsAndMissingInstructionsAreSaid() {
        Machine limited = new Machine("Linux", "amd64", "Old CPU", List.of(), 16, 8, 1.5, 2, 64L << 30, 2L << 30);
        List<Check> checks = MachineChecks.of(limited);
        assertThat(checks)
                .extracting(Check::detail)
                .contains(
                        "2 of 16 (affinity allows 8, a cgroup grants the time of 1.50), Old CPU",
                        "2, one for each processor that this process may use; --threads N takes N",
                        "2.0 GiB of 64.0 GiB (limited by cgroup)");
        assertThat(checks)
                .extracting(Check::advice)
                .contains("Duet runs, but several times slower than with AVX2", "the real data sets want 4.0 GiB");
    }

    private static String processors(int processors, int affinity, double quota, int allowed) {
        Machine machine = new Machine(
                "Linux", "amd64", "CPU", List.of(), processors, affinity, quota, allowed, 8L << 30, 8L << 30);
        return MachineChecks.of(machine).stream()
                .filter(check -> check.name().equals("processors"))
                .findFirst()
                .orElseThrow()
                .detail();
    }

    @Test
    void whatLimitsTheProcessorsIsNamed() {
        assertThat(processors(4, 4, 0, 4)).isEqualTo("4, CPU");
        assertThat(processors(4, 1, 0, 1)).isEqualTo("1 of 4 (affinity allows 1), CPU");
        assertThat(processors(4, 4, 2.5, 3)).isEqualTo("3 of 4 (a cgroup grants the time of 2.50), CPU");
        assertThat(processors(4, 4, 8, 4)).isEqualTo("4, CPU");
        // -XX:ActiveProcessorCount
        assertThat(processors(2, 2, 0, 7)).isEqualTo("7 of 2 (Java counts 7), CPU");
    }

    @Test
    void anotherPlatformIsMissing() {
        Machine mac = new Machine("Mac OS X", "aarch64", "", List.of(), 0, 0, 0, 8, 0, 8L << 30);
        assertThat(MachineChecks.of(mac)).extracting(Check::status).contains(Check.Status.MISSING);
    }

    @Test
    void gpuAndLibrariesAreNamedOrEachReasonIs() {
        CudaReport.Gpu gpu = new CudaReport.Gpu(0, "NVIDIA T4", 75, 15L << 30);
        CudaReport.Library cublas = new CudaReport.Library("cuBLAS", "12.6.3", "/opt/cuda/lib64");
        CudaReport found = new CudaReport("12.6", "560.35.05", List.of(gpu), List.of(cublas), List.of());
        assertThat(GpuChecks.of(found))
                .containsExactly(
                        Check.ok("GPU cuda:0", "NVIDIA T4, 15.0 GiB, compute capability 7.5"),
                        Check.ok("NVIDIA driver", "560.35.05, CUDA 12.6"),
                        Check.ok("cuBLAS", "12.6.3, /opt/cuda/lib64"));
        CudaReport missing = new CudaReport("", "", List.of(), List.of(), List.of("no driver", "no cuDNN"));
        assertThat(GpuChecks.of(missing))
                .containsExactly(
                        Check.optional("GPU", "no driver", ""),
                        Check.optional("GPU", "no cuDNN", ""),
                        Check.optional("device", "the CPU computes", ""));
    }
}
