package dev.duet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.backend.Ranges;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a library that stands in for NVIDIA's and writes down what it hears. */
class NvtxRangesTest {
    @TempDir
    private Path folder;

    private Path library(String source) throws Exception {
        Path code = Files.writeString(folder.resolve("ranges.cpp"), source);
        Path library = folder.resolve("libranges.so");
        Process compiler = new ProcessBuilder("g++", "-shared", "-fPIC", "-o", library.toString(), code.toString())
                .inheritIO()
                .start();
        assertThat(compiler.waitFor()).isZero();
        return library;
    }

    @Test
    void rangesReachTheProfilersLibrary() throws Exception {
        Path heard = folder.resolve("heard");
        Path library = library("""
                #include <cstdio>
                static void write(const char* what, const char* name) {
                    FILE* file = fopen("%s", "a");
                    fprintf(file, "%%s%%s\\n", what, name);
                    fclose(file);
                }
                extern "C" int nvtxRangePushA(const char* name) { write("push ", name); return 0; }
                extern "C" int nvtxRangePop() { write("pop", ""); return 0; }
                """.formatted(heard));
        Ranges ranges = NvtxRanges.open(library.toString()).orElseThrow();
        ranges.push("step of 128 pairs");
        ranges.push("encoder.mnist.0 conv 4×4/2 1→32");
        ranges.pop();
        ranges.pop();
        assertThat(Files.readAllLines(heard))
                .containsExactly("push step of 128 pairs", "push encoder.mnist.0 conv 4×4/2 1→32", "pop", "pop");
    }

    @Test
    void aLibraryThatIsMissingOrLacksAFunctionIsNone() throws Exception {
        assertThat(NvtxRanges.open("libnosuchlibrary.so.1")).isEmpty();
        assertThat(NvtxRanges.open(
                        library("extern \"C\" int nvtxRangePop() { return 0; }").toString()))
                .isEmpty();
    }

    @Test
    void aProfilerIsKnownByItsVariable() {
        assertThat(NvtxRanges.attached(Map.of())).isFalse();
        assertThat(NvtxRanges.attached(Map.of("NVTX_INJECTION64_PATH", ""))).isFalse();
        assertThat(NvtxRanges.attached(Map.of("NVTX_INJECTION64_PATH", "/opt/nsys/libToolsInjection64.so")))
                .isTrue();
    }
}
