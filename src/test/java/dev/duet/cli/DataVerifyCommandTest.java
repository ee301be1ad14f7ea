package dev.duet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DataVerifyCommandTest {
    private static final byte[] LABELS = SmallSets.idx(new byte[] {1, 2, 3}, 3);

    private final TerminalFixture streams = TerminalFixture.redirected();

    @TempDir
    private Path dir;

    @BeforeEach
    void writeManifest() throws IOException {
        String right = sha256(LABELS);
        String entries = String.join(
                ",\n",
                entry("a", "a/right.idx", right, false),
                entry("a", "a/other.idx", right, false),
                entry("b", "b/file.idx", right, false),
                entry("b", "b/extra.idx", right, true));
        Files.writeString(dir.resolve("manifest.json"), "{\"files\": [\n" + entries + "]}");
        Files.createDirectories(dir.resolve("data/a"));
        Files.write(dir.resolve("data/a/right.idx"), LABELS);
        Files.write(dir.resolve("data/a/other.idx"), SmallSets.idx(new byte[] {1}, 1));
    }

    private static String entry(String set, String path, String sha256, boolean optional) {
        return String.format(
                "{\"set\":\"%s\",\"path\":\"%s\",\"urls\":[],\"bytes\":0,\"digest\":\"sha256:%s\",\"optional\":%b}",
                set, path, sha256, optional);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private int verify(TerminalFixture to, String... names) {
        Path manifest = dir.resolve("manifest.json");
        String[] arguments = new String[names.length + 6];
        System.arraycopy(
                new String[] {
                    "data",
                    "verify",
                    "--manifest",
                    manifest.toString(),
                    "--data",
                    dir.resolve("data").toString()
                },
                0,
                arguments,
                0,
                6);
        System.arraycopy(names, 0, arguments, 6, names.length);
        return Main.run(to.terminal, arguments);
    }

    @Test
    void saysHowEachFileStandsAndThatASetIsNotThere() {
        assertThat(verify(streams)).isEqualTo(1);
        Path data = dir.resolve("data");
        assertThat(streams.out().lines())
                .containsExactly(
                        "✓ a/right.idx  digest is right",
                        "→ a/other.idx  other file, readable: 1 labels",
                        "✗ b/file.idx   missing",
                        "→ b/extra.idx  missing, not needed",
                        "no b in " + data,
                        data + ": 1 right, 1 other but readable, 1 missing or damaged");
        assertThat(streams.err())
                .isEqualTo("duet: 1 of 4 files missing or damaged in " + data + "; try: duet data fetch --data " + data
                        + System.lineSeparator());
    }

    @Test
    void oneSetAloneCanBeWhole() {
        assertThat(verify(streams, "a")).isZero();
        assertThat(streams.out()).contains("a/right.idx").doesNotContain("b/file.idx");
        assertThat(streams.err()).isEmpty();
    }

    @Test
    void aDamagedFileFailsEvenIfItIsOptional() throws IOException {
        Files.createDirectories(dir.resolve("data/b"));
        Files.write(dir.resolve("data/b/file.idx"), LABELS);
        Files.writeString(dir.resolve("data/b/extra.idx"), "<html>", StandardCharsets.UTF_8);
        assertThat(verify(streams, "b")).isEqualTo(1);
        assertThat(streams.out())
                .contains("✓ b/file.idx", "✗ b/extra.idx  wrong digest (expected sha256:" + sha256(LABELS) + ", got ");
    }

    @Test
    void anOptionalFileIsNeededIfNamed() {
        assertThat(verify(streams, "b/extra.idx")).isEqualTo(1);
        assertThat(streams.out()).contains("✗ b/extra.idx  missing" + System.lineSeparator());
    }

    @Test
    void jsonHoldsTheSame() {
        assertThat(verify(streams, "--json")).isEqualTo(1);
        JsonNode report = JsonMapper.builder().build().readTree(streams.out());
        assertThat(report.get("usable").asBoolean()).isFalse();
        assertThat(report.get("files")
                        .valueStream()
                        .map(file -> file.get("state").asString()))
                .containsExactly("OK", "OTHER", "MISSING", "MISSING");
        assertThat(report.get("files").get(3).get("needed").asBoolean()).isFalse();
        TerminalFixture whole = TerminalFixture.redirected();
        assertThat(verify(whole, "--json", "a")).isZero();
        assertThat(JsonMapper.builder()
                        .build()
                        .readTree(whole.out())
                        .get("usable")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void anUnknownNameIsAUsageErrorThatListsTheKnown() {
        assertThat(verify(streams, "c")).isEqualTo(2);
        assertThat(streams.err())
                .startsWith("duet: no data set or file 'c'; expected a, b or the path of one of their files,"
                        + " such as b/extra.idx")
                .contains("Try 'duet data verify --help'.");
    }

    @Test
    void duetsOwnManifestIsFoundWithoutBeingNamed() {
        assertThat(Main.run(streams.terminal, "data", "verify", "--data", dir.toString()))
                .isEqualTo(1);
        assertThat(streams.out())
                .contains("✗ mnist/train-images-idx3-ubyte.gz  missing", "→ svhn/extra_32x32.mat              missing,")
                .contains("no mnist in " + dir, "no svhn in " + dir);
    }
}
