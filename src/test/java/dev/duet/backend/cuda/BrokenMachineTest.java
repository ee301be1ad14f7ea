package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Machines on which native code would end the process (exit codes 127, 134, 135, 139), and others without a usable GPU: all
 * must end in exit code 1 and a sentence.
 */
class BrokenMachineTest {
    @TempDir
    private static Path shared;

    @TempDir
    private Path folder;

    private Path home;
    private Path cache;

    @BeforeAll
    static void compile() throws IOException {
        for (int major : LibrarySearch.MAJORS) Natives.libraries(shared.resolve("cuda" + major), major);
    }

    @BeforeEach
    void folders() throws IOException {
        home = Files.createDirectory(folder.resolve("home"));
        cache = Files.createDirectory(folder.resolve("cache"));
    }

    /** Puts whole cuBLAS and cuDNN into {@link #home}. */
    private void libraries(int major) throws IOException {
        try (Stream<Path> files = Files.list(shared.resolve("cuda" + major))) {
            for (Path file : files.toList()) Files.copy(file, home.resolve(file.getFileName()));
        }
    }

    private DuetProcess start() {
        return DuetProcess.start(
                cache,
                "demo",
                "--device=cuda",
                "--cuda-home=" + home,
                "--out=" + folder.resolve("run" + System.nanoTime()));
    }

    private void refuses(String... parts) {
        assertRefused(start().end(), parts);
    }

    private static void assertRefused(DuetProcess.Outcome outcome, String... parts) {
        assertThat(outcome.output()).contains("duet: no usable NVIDIA GPU:").contains(parts);
        assertThat(outcome.output()).doesNotContain("\tat ", "internal error");
        assertThat(outcome.exit()).as(outcome.output()).isEqualTo(1);
    }

    private Path jniFile(int major, String library) {
        return cache.resolve("duet/jcuda-" + JniLibraries.VERSION + "-cuda" + major)
                .resolve("lib" + library + "-" + JniLibraries.VERSION + "-linux-x86_64.so");
    }

    private static void cut(Path file, long bytes) throws IOException {
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), (int) bytes));
    }

    /** In this process: what this machine itself has is not looked at, and nothing is loaded. */
    @Test
    void withoutDriverAndLibrariesEachIsNamed() {
        LibraryPlaces nothing = new LibraryPlaces(home, Map.of(), null);
        assertThatThrownBy(() -> CudaProbe.open(0, nothing))
                .isInstanceOf(CudaUnavailable.class)
                .hasMessageStartingWith("no usable NVIDIA GPU:")
                .hasMessageContainingAll(
                        "no NVIDIA driver: libcuda.so.1",
                        "no cuBLAS: found no libcublas.so.12 nor libcublas.so.13",
                        "no cuDNN 9");
    }

    @Test
    void driverThatDoesNotStart() throws IOException {
        libraries(12);
        Natives.driver(home, true, "-DINIT=100", "-DVERSION=12060");
        refuses("cuInit failed with CUDA_ERROR_NO_DEVICE (100): there is no NVIDIA GPU");
        Natives.driver(home, true, "-DINIT=999", "-DVERSION=12060");
        refuses("cuInit failed with CUDA_ERROR_UNKNOWN (999)");
    }

    @Test
    void everyReasonIsSaid() throws IOException {
        libraries(12);
        Natives.driver(home, true, "-DINIT=804", "-DVERSION=11080");
        Files.writeString(home.resolve("libcublas.so.12"), "no library");
        refuses(
                "it is for CUDA 11.8",
                "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE (804)",
                "got a file that is not one in ELF64 format");
    }

    @Test
    void oldDriverWithoutFunctionsThatJcudaCalls() throws IOException {
        libraries(12);
        Natives.driver(home, false, "-DINIT=0", "-DVERSION=11040");
        refuses("the NVIDIA driver is too old: it is for CUDA 11.4", "needs 12.0 (driver 525) or newer");
    }

    @Test
    void driverThatLacksFunctions() throws IOException {
        libraries(12);
        Natives.driver(home, false, "-DINIT=0", "-DVERSION=12060");
        refuses("the NVIDIA driver lacks " + (DriverCalls.NAMES.size() - 2)
                + " functions that drivers for CUDA 12.6 have, such as cu");
        Natives.compile(home.resolve("libcuda.so.1"), "cudnn.c", "");
        refuses("got one without cuInit or cuDriverGetVersion");
    }

    @Test
    void gpuThatIsTooOldOrNotThere() throws IOException {
        libraries(12);
        Natives.driver(home, true, "-DINIT=0", "-DVERSION=12060", "-DGPUS=1", "-DCAPABILITY=61");
        refuses("cuda:0 (Stub GPU) has compute capability 6.1; Duet needs 7.5");
        Natives.driver(home, true, "-DINIT=0", "-DVERSION=12060", "-DGPUS=0", "-DCAPABILITY=61");
        refuses("no GPU cuda:0: the driver shows 0");
    }

    @Test
    void librariesThatDoNotFindTheGpu() throws IOException {
        libraries(12);
        Natives.driver(home, true, "-DINIT=0", "-DVERSION=12060", "-DGPUS=1", "-DCAPABILITY=90");
        refuses(
                "cublasCreate failed with CUBLAS_STATUS_NOT_INITIALIZED (1)",
                "cudnnCreate failed with CUDNN_STATUS_NOT_INITIALIZED (1001)");
    }

    @Test
    void cudnnWithoutAPartOfItself() throws IOException {
        libraries(12);
        Natives.driver(home, true, "-DINIT=100", "-DVERSION=12060");
        Files.delete(home.resolve("libcudnn_ops.so.9"));
        refuses("cuDNN 9 is incomplete: libcudnn.so.9 is in " + home + ", but not libcudnn_ops.so.9");
    }

    @Test
    void cutOffLibrary() throws IOException {
        libraries(12);
        Natives.driver(home, true, "-DINIT=0", "-DVERSION=12060", "-DGPUS=1", "-DCAPABILITY=90");
        Path part = home.resolve("libcudnn_cnn.so.9");
        long whole = Files.size(part);
        cut(part, whole / 2);
        refuses(part + ": expected a shared library for x86-64, got a file that is cut off at " + whole / 2
                + " of at least " + whole + " bytes");
    }

    @Test
    void cutOffOrForeignFileWhereLibrariesAreUnpacked() throws IOException {
        libraries(12);
        Natives.driver(home, true, "-DINIT=100", "-DVERSION=12060");
        refuses("CUDA_ERROR_NO_DEVICE (100)");
        Path driver = jniFile(12, "JCudaDriver");
        cut(driver, 100_000);
        Path cudnn = jniFile(12, "JCudnn");
        Files.delete(cudnn);
        Files.createSymbolicLink(cudnn, home.resolve("libcudnn_ops.so.9"));
        refuses("CUDA_ERROR_NO_DEVICE (100)");
        assertThat(driver).hasBinaryContent(Natives.content("JCudaDriver"));
        assertThat(cudnn).hasBinaryContent(Natives.content("JCudnn"));
        assertThat(Files.isSymbolicLink(cudnn)).isFalse();
    }

    @Test
    void eightProcessesAtOnce() throws IOException {
        libraries(12);
        Natives.driver(home, true, "-DINIT=0", "-DVERSION=12060", "-DGPUS=1", "-DCAPABILITY=90");
        List<DuetProcess> all = IntStream.range(0, 8).mapToObj(i -> start()).toList();
        for (DuetProcess process : all) assertRefused(process.end(), "cublasCreate failed", "cudnnCreate failed");
        try (Stream<Path> files = Files.list(jniFile(12, "JCudaDriver").getParent())) {
            assertThat(files).as("nothing but the libraries is left").hasSize(3);
        }
    }

    @Test
    void librariesOfCuda13() throws IOException {
        libraries(13);
        Natives.driver(home, true, "-DINIT=0", "-DVERSION=13000", "-DGPUS=1", "-DCAPABILITY=90");
        refuses("cublasCreate failed with CUBLAS_STATUS_NOT_INITIALIZED (1)");
        assertThat(Elf.of(jniFile(13, "JCublas2")).needed())
                .contains("libcublas.so.13")
                .doesNotContain("libcublas.so.12");
        DuetProcess.Outcome doctor = DuetProcess.run(cache, "doctor", "--cuda-home=" + home);
        assertThat(doctor.output())
                .contains("✓ GPU cuda:0     Stub GPU, 1.0 GiB, compute capability 9.0")
                .contains("✓ cuBLAS         13.1.2, " + home, "✓ cuDNN          9.5.1, " + home);
        Natives.driver(home, true, "-DINIT=0", "-DVERSION=12080");
        refuses("too old: it is for CUDA 12.8, Duet with these libraries needs 13.0 (driver 580)");
    }

    @Test
    void autoTakesTheCpuAndSaysSoOnOneLine() throws IOException {
        libraries(12);
        Natives.driver(home, true, "-DINIT=100", "-DVERSION=12060");
        DuetProcess.Outcome outcome = DuetProcess.run(
                cache,
                "train",
                "--preset=demo",
                "--set=data.synthetic_count=60",
                "--set=model.widths=[4,8]",
                "--epochs=1",
                "--batch=20",
                "--device=auto",
                "--cuda-home=" + home,
                "--out=" + folder.resolve("run"));
        assertThat(outcome.exit()).as(outcome.output()).isZero();
        assertThat(outcome.output().lines())
                .filteredOn(line -> line.startsWith("no GPU (cuInit failed with CUDA_ERROR_NO_DEVICE (100)"))
                .singleElement()
                .asString()
                .contains("); computing on cpu: ");
    }
}
