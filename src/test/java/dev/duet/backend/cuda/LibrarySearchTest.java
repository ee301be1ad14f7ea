package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LibrarySearchTest {
    @TempDir
    private Path root;

    private final List<String> reasons = new ArrayList<>();

    private LibrarySearch search(Path named, Map<String, String> environment) {
        return new LibrarySearch(new LibraryPlaces(root, environment, named), reasons);
    }

    private LibrarySearch search() {
        return search(null, Map.of());
    }

    private Path cublas(String folder, int major) throws IOException {
        return files(folder, List.of("libcublasLt.so." + major, "libcublas.so." + major));
    }

    private Path cudnn(String folder) throws IOException {
        return files(folder, LibrarySearch.CUDNN_PARTS);
    }

    private Path files(String folder, List<String> names) throws IOException {
        Path place = Files.createDirectories(root.resolve(folder));
        for (String name : names) if (!Files.exists(place.resolve(name))) Files.createFile(place.resolve(name));
        return place;
    }

    @ParameterizedTest
    @CsvSource({
        "usr/local/cuda/lib64",
        "usr/local/cuda-12.6/lib64",
        "usr/local/cuda-12.4/targets/x86_64-linux/lib",
        "opt/cuda/lib64",
        "usr/lib/x86_64-linux-gnu",
        "usr/lib64",
        "usr/local/lib/python3.11/dist-packages/nvidia/cublas/lib",
        "usr/lib/python3.12/site-packages/nvidia/cu13/lib",
        "opt/conda/lib",
        "opt/conda/lib/python3.12/site-packages/nvidia/cublas/lib",
        "home/ada/.local/lib/python3.10/site-packages/nvidia/cublas/lib",
        "home/ada/miniconda3/lib/python3.12/site-packages/nvidia/cublas/lib",
        "home/ada/.pyenv/versions/3.11.2/lib/python3.11/site-packages/nvidia/cublas/lib"
    })
    void looksInTheUsualPlaces(String folder) throws IOException {
        Path place = cublas(folder, 12);
        Map<String, String> environment = Map.of("HOME", "/home/ada");
        assertThat(search(null, environment).cublas().folder()).isEqualTo(place);
        assertThat(reasons).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "VIRTUAL_ENV, venv, venv/lib/python3.11/site-packages/nvidia/cublas/lib",
        "CONDA_PREFIX, env, env/lib",
        "LD_LIBRARY_PATH, somewhere, somewhere",
        "CUDA_HOME, toolkit, toolkit/lib64",
        "DUET_CUDA_LIBS, libs, libs",
        "DUET_CUDA_LIBS, toolkit, toolkit/lib64",
        "DUET_CUDA_LIBS, site-packages, site-packages/nvidia/cublas/lib",
        "DUET_CUDA_LIBS, nvidia, nvidia/cu13/lib",
        "DUET_CUDA_LIBS, venv, venv/lib/python3.11/site-packages/nvidia/cublas/lib"
    })
    void looksWhereTheEnvironmentSays(String variable, String value, String folder) throws IOException {
        Path place = cublas(folder, 12);
        Map<String, String> environment = Map.of(variable, "/nowhere:" + root.resolve(value));
        assertThat(search(null, environment).cublas().folder()).isEqualTo(place);
    }

    @Test
    void looksBesideThePythonOnThePath() throws IOException {
        Path place = cublas("tools/lib/python3.11/site-packages/nvidia/cublas/lib", 12);
        Path python = Files.createFile(
                Files.createDirectories(root.resolve("tools/bin")).resolve("python3"));
        assertThat(python.toFile().setExecutable(true)).isTrue();
        Path link = Files.createDirectories(root.resolve("bin")).resolve("python3");
        Files.createSymbolicLink(link, python);
        Map<String, String> environment = Map.of("PATH", link.getParent().toString());
        assertThat(search(null, environment).cublas().folder()).isEqualTo(place);
    }

    @Test
    void looksWhereTheLoadersCacheSays() throws IOException {
        Path place = cublas("opt/vendor", 12);
        String cache =
                "glibc-ld.so.cache1.1\0\1\2libcublas.so.12\0" + place.resolve("libcublas.so.12") + "\0libz.so\0/z\0";
        Files.write(
                Files.createDirectories(root.resolve("etc")).resolve("ld.so.cache"),
                cache.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(search().cublas().folder()).isEqualTo(place);
    }

    @Test
    void cuda12GoesBeforeCuda13AndWhatIsNamedBeforeBoth() throws IOException {
        Path thirteen = cublas("usr/local/cuda/lib64", 13);
        assertThat(search().cublas()).matches(found -> found.folder().equals(thirteen) && found.major() == 13);
        Path twelve = cublas("usr/lib/x86_64-linux-gnu", 12);
        assertThat(search().cublas()).matches(found -> found.folder().equals(twelve) && found.major() == 12);
        assertThat(search(root.resolve("usr/local/cuda"), Map.of("DUET_CUDA_LIBS", twelve.toString()))
                        .cublas()
                        .folder())
                .as("the option goes before the variable")
                .isEqualTo(thirteen);
    }

    @Test
    void theNewestToolkitGoesFirst() throws IOException {
        cublas("usr/local/cuda-12.4/lib64", 12);
        Path newest = cublas("usr/local/cuda-12.6/lib64", 12);
        assertThat(search().cublas().folder()).isEqualTo(newest);
    }

    @Test
    void whatIsNotNamedIsLookedForElsewhere() throws IOException {
        Path toolkit = cublas("toolkit/lib64", 12);
        Path place = cudnn("usr/lib/x86_64-linux-gnu");
        LibrarySearch search = search(root.resolve("toolkit"), Map.of());
        assertThat(search.cublas().folder()).isEqualTo(toolkit);
        assertThat(search.cudnn().folder()).isEqualTo(place);
        assertThat(search.cudnn().names()).last().isEqualTo("libcudnn.so.9");
    }

    @Test
    void anIncompleteCudnnIsPassedOverUnlessItWasNamed() throws IOException {
        Path broken = cudnn("usr/local/cuda/lib64");
        Files.delete(broken.resolve("libcudnn_cnn.so.9"));
        Files.delete(broken.resolve("libcudnn_graph.so.9"));
        Path whole = cudnn("usr/lib/x86_64-linux-gnu");
        assertThat(search().cudnn().folder()).isEqualTo(whole);
        assertThat(reasons).isEmpty();
        assertThat(search(broken, Map.of()).cudnn()).isNull();
        assertThat(reasons)
                .singleElement()
                .asString()
                .startsWith("cuDNN 9 is incomplete: libcudnn.so.9 is in " + broken
                        + ", but not libcudnn_graph.so.9, libcudnn_cnn.so.9; ");
    }

    @Test
    void theCompilerIsOptionalAndOfTheSameMajorVersion() throws IOException {
        assertThat(search().compiler(12, false)).isNull();
        files("usr/lib64", List.of("libnvrtc.so.13"));
        assertThat(search().compiler(12, false)).isNull();
        Path place = files("usr/local/cuda/lib64", List.of("libnvrtc.so.12"));
        assertThat(search().compiler(12, false).folder()).isEqualTo(place);
        assertThat(reasons).isEmpty();
    }

    @Test
    void saysWhatIsMissing() {
        LibrarySearch search = search();
        assertThat(search.cublas()).isNull();
        assertThat(search.cudnn()).isNull();
        assertThat(LibrarySearch.driver(new LibraryPlaces(root, Map.of(), root.resolve("nowhere")), reasons))
                .isNull();
        assertThat(reasons).hasSize(4);
        assertThat(reasons.get(0)).startsWith("no cuBLAS: found no libcublas.so.12 nor libcublas.so.13");
        assertThat(reasons.get(1)).startsWith("no cuDNN 9: found no libcudnn.so.9");
        assertThat(reasons.get(2))
                .isEqualTo(root.resolve("nowhere") + ": expected a folder with CUDA's libraries; it is none");
        assertThat(reasons.get(3)).startsWith("no NVIDIA driver: libcuda.so.1 is not on this machine");
    }

    @Test
    void theDriverIsTheNamedOneThenTheSystems() throws IOException {
        Path system = files("usr/lib/wsl/lib", List.of("libcuda.so.1"));
        LibraryPlaces places = new LibraryPlaces(root, Map.of(), root.resolve("home"));
        Files.createDirectories(root.resolve("home"));
        assertThat(LibrarySearch.driver(places, reasons)).isEqualTo(system.resolve("libcuda.so.1"));
        Path compat = files("home/compat", List.of("libcuda.so.1"));
        assertThat(LibrarySearch.driver(places, reasons)).isEqualTo(compat.resolve("libcuda.so.1"));
        Path home = files("home", List.of("libcuda.so.1"));
        assertThat(LibrarySearch.driver(places, reasons)).isEqualTo(home.resolve("libcuda.so.1"));
    }

    @Test
    void aDriverFor32BitProgramsIsPassedOver() throws IOException {
        Path old = files("usr/lib/x86_64-linux-gnu", List.of("libcuda.so.1")).resolve("libcuda.so.1");
        Files.write(old, new byte[] {0x7f, 'E', 'L', 'F', 1, 1});
        Path system = files("usr/lib64", List.of("libcuda.so.1"));
        LibraryPlaces places = new LibraryPlaces(root, Map.of(), null);
        assertThat(LibrarySearch.driver(places, reasons)).isEqualTo(system.resolve("libcuda.so.1"));
    }

    @Test
    void theDriversVersionIsReadFromTheKernel() throws IOException {
        assertThat(CudaProbe.kernelModule(root)).isEmpty();
        Files.writeString(
                Files.createDirectories(root.resolve("proc/driver/nvidia")).resolve("version"),
                "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.95.05  Tue Sep 23 10:11:16 UTC 2025\nGCC version: 12\n");
        assertThat(CudaProbe.kernelModule(root)).isEqualTo("580.95.05");
    }
}
