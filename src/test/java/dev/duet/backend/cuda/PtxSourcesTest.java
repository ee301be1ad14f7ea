package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The committed PTX belongs to the sources; and the check of it notices what it should. */
class PtxSourcesTest {
    @TempDir
    private Path scratch;

    @Test
    void everyKernelFileHasItsPtx() throws IOException {
        try (Stream<Path> files = Files.list(PtxFile.KERNELS)) {
            List<String> sources = files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".cu"))
                    .map(file -> file.replace(".cu", ""))
                    .sorted()
                    .toList();
            assertThat(PtxFile.all(PtxFile.KERNELS).stream().map(PtxFile::name)).containsExactlyElementsOf(sources);
        }
    }

    @Test
    void ptxIsMadeFromTheSourcesAsTheyAre() {
        assertThat(PtxFile.all(PtxFile.KERNELS))
                .allSatisfy(file -> assertThat(file.stale()).isEmpty());
    }

    @Test
    void ptxNamesNoPathOfTheMachineThatMadeIt() {
        assertThat(PtxFile.all(PtxFile.KERNELS))
                .allSatisfy(file -> assertThat(file.text()).doesNotContainPattern("\\.file\\s+\\d+ \"/"));
    }

    @Test
    void aChangedHeaderIsNoticedInAllThatIncludeIt() throws IOException {
        Path copy = copyOfKernels();
        append(copy.resolve("math/elementary.h"), "// changed\n");
        assertThat(stale(copy))
                .contains(
                        "kernels/ptx/likelihood.ptx does not belong to its sources as they are now. Run kernels/build.sh"
                                + " (or ./mvnw -Pkernels process-resources) and commit what it makes.");
        assertThat(PtxFile.all(copy).stream()
                        .filter(file -> file.header("sources").contains("math/elementary.h")))
                .isNotEmpty()
                .allSatisfy(file -> assertThat(file.stale()).isNotEmpty());
    }

    @Test
    void aNewIncludeOptionsAndHandEditsAreNoticed() throws IOException {
        Path copy = copyOfKernels();
        append(copy.resolve("noise.cu"), "#include \"math/pixel.h\"\n");
        append(copy.resolve("ptx/adam.ptx"), "// changed\n");
        assertThat(stale(copy)).anyMatch(fault -> fault.startsWith("kernels/ptx/noise.ptx was made from '"));
        assertThat(stale(copy)).anyMatch(fault -> fault.startsWith("kernels/ptx/adam.ptx was edited by hand."));
        append(copy.resolve("options"), "--use_fast_math\n");
        assertThat(stale(copy)).allMatch(fault -> fault.contains("now the options are '--ptx"));
    }

    private static List<String> stale(Path kernels) {
        return PtxFile.all(kernels).stream()
                .map(PtxFile::stale)
                .filter(fault -> !fault.isEmpty())
                .toList();
    }

    private static void append(Path file, String line) throws IOException {
        Files.writeString(file, Files.readString(file) + line);
    }

    private Path copyOfKernels() throws IOException {
        Path copy = scratch.resolve("kernels");
        try (Stream<Path> files = Files.walk(PtxFile.KERNELS)) {
            for (Path file : files.toList())
                Files.copy(file, copy.resolve(PtxFile.KERNELS.relativize(file).toString()));
        }
        return copy;
    }
}
