package dev.duet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.duet.DuetException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ElfTest {
    @TempDir
    private Path folder;

    @Test
    void readsWhatALibraryNeedsAndGives() {
        Elf cublas = Natives.library("JCublas2");
        assertThat(cublas.needed()).contains("libcublas.so.12", "libstdc++.so.6", "libc.so.6");
        assertThat(cublas.versions()).contains("libcublas.so.12", "GLIBC_2.2.5");
        assertThat(cublas.symbols(true)).contains("JNI_OnLoad", "Java_jcuda_jcublas_JCublas2_cublasCreateNative");
        assertThat(cublas.symbols(false)).contains("cublasSgemm_v2").doesNotContain("JNI_OnLoad");
        assertThat(Natives.library("JCudaDriver").needed()).contains("libcuda.so.1");
        assertThat(Natives.library("JCudnn").versions()).contains("libcudnn.so.9");
    }

    /** The values that the tables of glibc's and NVIDIA's libraries hold. */
    @ParameterizedTest
    @CsvSource({
        "GLIBC_2.2.5, 0x09691a75",
        "GLIBC_2.4, 0x0d696914",
        "libcublas.so.12, 0x0ef62132",
        "libcublas.so.13, 0x0ef62133"
    })
    void hashesVersions(String version, String hash) {
        assertThat(Elf.versionHash(version)).isEqualTo(Integer.decode(hash));
    }

    @ParameterizedTest
    @CsvSource({"JCublas2, libcublas.so", "JNvrtc, libnvrtc.so"})
    void retargetsFromCuda12ToCuda13(String library, String name) throws IOException {
        byte[] before = Natives.content(library);
        byte[] after = before.clone();
        new Elf(library, ByteBuffer.wrap(after)).retarget(JniLibraries.names(13));
        Elf changed = new Elf(library, ByteBuffer.wrap(after));
        assertThat(changed.needed()).contains(name + ".13").doesNotContain(name + ".12");
        assertThat(changed.needed()).hasSameSizeAs(Natives.library(library).needed());
        assertThat(after.length).isEqualTo(before.length);
        int differing = 0;
        for (int i = 0; i < after.length; i++) if (after[i] != before[i]) differing++;
        assertThat(differing)
                .as("bytes: the name's last digit, and the hash of the version, where it has one")
                .isBetween(1, 2);
        assertReadelfAgrees(Files.write(folder.resolve(library), after), name);
    }

    private static void assertReadelfAgrees(Path library, String name) throws IOException {
        if (Stream.of("/usr/bin/readelf", "/bin/readelf").noneMatch(tool -> Files.isExecutable(Path.of(tool)))) return;
        String text = Natives.run(List.of("readelf", "-d", "-V", "-W", library.toString()));
        assertThat(text).contains("Shared library: [" + name + ".13]").doesNotContain(name + ".12");
        if (name.equals("libcublas.so")) assertThat(text).contains("File: libcublas.so.13", "Name: libcublas.so.13");
    }

    @Test
    void cudnnAndTheDriverNeedNoRetargeting() {
        for (String library : List.of("JCudaDriver", "JCudnn")) {
            byte[] before = Natives.content(library);
            byte[] after = before.clone();
            new Elf(library, ByteBuffer.wrap(after)).retarget(JniLibraries.names(13));
            assertThat(after).as(library).isEqualTo(before);
        }
    }

    @Test
    void refusesANameOfAnotherLength() {
        Elf library = Natives.library("JCublas2");
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> library.retarget(Map.of("libcublas.so.12", "libcublas.so.100")))
                .withMessageContaining("differ in length");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 20, 63, 64, 200, 4096, 1_000_000, 1_614_383})
    void saysOfACutOffLibraryThatItIs(int bytes) {
        byte[] content = Arrays.copyOf(Natives.content("JCublas2"), bytes);
        assertThatExceptionOfType(DuetException.class)
                .isThrownBy(() -> new Elf("some.so", ByteBuffer.wrap(content)))
                .withMessageMatching("some.so: expected a shared library for x86-64, got a file that is "
                        + "(not one in ELF64 format|cut off at " + bytes + " of at least 1614384 bytes)");
    }

    @Test
    void saysOfAProgramForAnotherProcessorThatItIs() {
        byte[] content = Natives.content("JCublas2");
        content[18] = (byte) 183; // AArch64
        assertThatExceptionOfType(DuetException.class)
                .isThrownBy(() -> new Elf("some.so", ByteBuffer.wrap(content)))
                .withMessageContaining("made for another processor");
    }
}
