package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.backend.cuda.PtxCompiler.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The committed PTX compiles for every architecture that JCuda's compiler knows from Turing on, within known resources. */
class PtxResourcesTest {
    private static final Path TABLE = PtxFile.KERNELS.resolve("ptx/resources.md");
    private static final String TITLE =
            "| kernel | parameters | 16-byte accesses | sm_80: registers | shared bytes | sm_90: registers | shared bytes |";
    private static final String LOCAL_MEMORY = """
            .version 8.0
            .target sm_75
            .address_size 64
            .visible .entry broken(.param .u64 x)
            {
              .local .align 4 .b8 depot[64];
              .reg .b32 %r<4>;
              .reg .b64 %rd<4>;
              ld.param.u64 %rd1, [x];
              ld.global.u32 %r1, [%rd1];
              mul.wide.u32 %rd2, %r1, 4;
              mov.u64 %rd3, depot;
              add.u64 %rd2, %rd3, %rd2;
              st.local.u32 [%rd2], %r1;
              ld.local.u32 %r2, [depot+8];
              st.global.u32 [%rd1], %r2;
              ret;
            }
            """;

    @ParameterizedTest
    @ValueSource(strings = {"sm_75", "sm_86", "sm_89"})
    void compilesWithoutSpills(String architecture) {
        compileAll(architecture);
    }

    @Test
    void resourcesAndParametersAreThoseOfTheTable() throws IOException {
        Map<String, Resources> ampere = compileAll("sm_80");
        Map<String, Resources> hopper = compileAll("sm_90");
        List<String> lines = new ArrayList<>(List.of(TITLE, TITLE.replaceAll("[^|]+", "---")));
        for (PtxFile file : PtxFile.all(PtxFile.KERNELS)) {
            for (PtxFile.Entry entry : file.entries()) lines.add(line(entry, ampere, hopper));
        }
        Path actual = Path.of("target/ptx-resources.md");
        Files.createDirectories(actual.getParent());
        Files.write(actual, lines);
        assertThat(Files.readAllLines(TABLE))
                .as("resources of the kernels; if the change is meant: cp %s %s", actual, TABLE)
                .isEqualTo(lines);
    }

    private static String line(PtxFile.Entry entry, Map<String, Resources> ampere, Map<String, Resources> hopper) {
        Resources a = ampere.get(entry.name());
        Resources h = hopper.get(entry.name());
        return "| " + entry.name() + " | " + String.join(" ", entry.parameters()) + " | " + entry.wideAccesses() + " | "
                + a.registers() + " | " + a.sharedBytes() + " | " + h.registers() + " | " + h.sharedBytes() + " |";
    }

    private static Map<String, Resources> compileAll(String architecture) {
        Map<String, Resources> all = new TreeMap<>();
        for (PtxFile file : PtxFile.all(PtxFile.KERNELS)) {
            Map<String, Resources> kernels = PtxCompiler.resources(PtxCompiler.compile(file.text(), architecture));
            assertThat(kernels.keySet())
                    .containsExactlyInAnyOrderElementsOf(
                            file.entries().stream().map(PtxFile.Entry::name).toList());
            all.putAll(kernels);
        }
        assertThat(all).allSatisfy((kernel, resources) -> {
            assertThat(resources.spillBytes())
                    .as("%s: bytes spilled on %s", kernel, architecture)
                    .isZero();
            assertThat(resources.stackBytes())
                    .as("%s: bytes of local memory on %s", kernel, architecture)
                    .isZero();
        });
        return all;
    }

    @Test
    void localMemoryIsNoticed() {
        Map<String, Resources> kernels = PtxCompiler.resources(PtxCompiler.compile(LOCAL_MEMORY, "sm_80"));
        assertThat(kernels.get("broken").stackBytes()).isEqualTo(64);
    }

    @Test
    void brokenPtxIsRefused() {
        assertThatThrownBy(() -> PtxCompiler.compile(LOCAL_MEMORY.replace("ld.param.u64", "ld.param.u65"), "sm_80"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sm_80: ptxas");
    }

    @Test
    void ptxOfANewerVersionThanTheOldestDriverReadsIsRefused() {
        assertThatThrownBy(() -> PtxCompiler.compile(LOCAL_MEMORY.replace(".version 8.0", ".version 9.0"), "sm_80"))
                .hasMessageContaining("Unsupported .version 9.0");
    }
}
