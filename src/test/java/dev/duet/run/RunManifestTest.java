package dev.duet.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import dev.duet.run.RunManifest.DataFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunManifestTest {
    private static final Instant START = Instant.parse("2026-11-22T13:00:00.123Z");

    @TempDir
    Path folder;

    @Test
    void theFileIsPrettyAndComesBackEqual() throws IOException {
        DataFile data = new DataFile("data/mnist/x.gz", 12, "ab");
        RunManifest manifest = new RunManifest(
                "0.1.0",
                null,
                "17",
                "Linux",
                2,
                "cpu",
                Map.of("oneDNN", "3.11"),
                List.of(data),
                Map.of("run", 1L),
                START,
                List.of("train", "--seed", "1"));
        Path file = folder.resolve("manifest.json");
        manifest.write(file);
        assertThat(file).hasContent("""
                {
                  "duet" : "0.1.0",
                  "commit" : null,
                  "jdk" : "17",
                  "os" : "Linux",
                  "cores" : 2,
                  "device" : "cpu",
                  "backends" : {
                    "oneDNN" : "3.11"
                  },
                  "data" : [ {
                    "path" : "data/mnist/x.gz",
                    "bytes" : 12,
                    "sha256" : "ab"
                  } ],
                  "seeds" : {
                    "run" : 1
                  },
                  "started" : "2026-11-22T13:00:00.123Z",
                  "command" : [ "train", "--seed", "1" ]
                }
                """);
        assertThat(RunManifest.read(file)).isEqualTo(manifest);
    }

    @Test
    void aNewManifestDescribesThisProcess() {
        RunManifest manifest = RunManifest.of(
                "cpu", Map.of(), List.of(), Map.of("run", 7L), List.of("demo"), Clock.fixed(START, ZoneOffset.UTC));
        assertThat(manifest.jdk()).startsWith(Runtime.version().toString());
        assertThat(manifest.os()).startsWith(System.getProperty("os.name") + " ");
        assertThat(manifest.cores()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(manifest.started()).isEqualTo(START);
        assertThat(manifest.duet()).doesNotContain("$");
    }

    /** The digest of "abc" is the example of FIPS 180-2. */
    @Test
    void dataFilesCarryTheirDigest() throws IOException {
        Path file = Files.writeString(folder.resolve("abc"), "abc");
        assertThat(DataFile.of(file))
                .isEqualTo(new DataFile(
                        file.toString(), 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        assertThatThrownBy(() -> DataFile.of(folder.resolve("none")))
                .isInstanceOf(DuetException.class)
                .hasMessage(
                        folder.resolve("none") + ": could not read this file: there is no " + folder.resolve("none"));
    }

    @Test
    void whatIsNoManifestIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("manifest.json"), "{\n\"cores\": \"many\"}");
        assertThatThrownBy(() -> RunManifest.read(file))
                .isInstanceOf(DuetException.class)
                .hasMessageStartingWith(file + ", line 2: not a manifest: Cannot deserialize value of type `int`");
        Files.writeString(file, "{}");
        assertThatThrownBy(() -> RunManifest.read(file))
                .isInstanceOf(DuetException.class)
                .hasMessageStartingWith(file + ", line ");
    }
}
