package dev.duet.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.DuetException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCheckTest {
    private static final Path MANIFEST = Path.of("data/manifest.json");

    @TempDir
    Path dir;

    @Test
    void theCommittedManifestNamesAllFiles() {
        List<Manifest.Entry> files = Manifest.read(MANIFEST).files();
        assertThat(files)
                .extracting(Manifest.Entry::path)
                .containsExactly(
                        "mnist/train-images-idx3-ubyte.gz",
                        "mnist/train-labels-idx1-ubyte.gz",
                        "mnist/t10k-images-idx3-ubyte.gz",
                        "mnist/t10k-labels-idx1-ubyte.gz",
                        "svhn/train_32x32.mat",
                        "svhn/test_32x32.mat",
                        "svhn/extra_32x32.mat");
        assertThat(files).allMatch(f -> f.bytes() > 4000 && !f.urls().isEmpty());
        assertThat(files).filteredOn(Manifest.Entry::optional).hasSize(1);
        assertThat(files.get(0).digest()).hasToString("md5:f68b3c2dcbeaaa9fbdd348bbdeb94873");
        assertThat(files.get(0).inflated()).hasToString("md5:6bbc9ace898e44ae57da46a324031adb");
        assertThat(files.get(4).inflated()).isNull();
    }

    @Test
    void badManifestsAreRefused() throws IOException {
        Path gone = dir.resolve("gone.json");
        assertThatThrownBy(() -> Manifest.read(gone))
                .isInstanceOf(DuetException.class)
                .hasMessageContaining("gone.json");
        refuse("{\"files\": [{\"set\": \"a\"}]}", "path");
        refuse("{\"files\": [], \"filez\": []}", "filez");
        refuse(
                "{\"files\": [{\"set\":\"a\",\"path\":\"../x\",\"urls\":[],\"digest\":\"md5:" + "0".repeat(32)
                        + "\",\"bytes\":0,\"optional\":false}]}",
                "path '../x' leaves the data folder");
        refuse(
                "{\"files\": [{\"set\":\"a\",\"path\":\"x\",\"urls\":[],\"digest\":\"md5:0\","
                        + "\"bytes\":0,\"optional\":false}]}",
                "expected md5: or sha256:");
    }

    private void refuse(String json, String what) throws IOException {
        Path file = Files.writeString(dir.resolve("m.json"), json);
        assertThatThrownBy(() -> Manifest.read(file))
                .isInstanceOf(DuetException.class)
                .hasMessageStartingWith(file + ": not a readable data manifest")
                .hasMessageContaining(what);
    }

    @Test
    void tellsRightOtherAndDamagedFilesApart() throws IOException {
        byte[] labels = IdxTest.idx(0x801, new int[] {3}, new byte[] {1, 2, 3});
        byte[] official = IdxTest.gzip(labels);
        Manifest.Entry entry =
                new Manifest.Entry("s", "l.gz", List.of(URI.create("http://x/")), 0, md5(official), md5(labels), false);
        assertThat(DataCheck.check(entry, dir).state()).isEqualTo(DataCheck.State.MISSING);
        write(official);
        assertFinding(entry, DataCheck.State.OK, "digest is right");
        byte[] rewrapped = official.clone();
        rewrapped[4] ^= 1; // the time stamp in the gzip header
        write(rewrapped);
        assertFinding(entry, DataCheck.State.OK, "content is right, in another gzip wrapper");
        write(IdxTest.gzip(IdxTest.idx(0x803, new int[] {2, 1, 3}, new byte[6])));
        assertFinding(entry, DataCheck.State.OTHER, "other file, readable: 2 images of 1×3");
        write(java.util.Arrays.copyOf(official, official.length - 4));
        assertFinding(entry, DataCheck.State.WRONG, "wrong digest (expected " + md5(official) + ", got ");
    }

    @Test
    void anInflatedFileCountsAsItsGzip() throws IOException {
        byte[] labels = IdxTest.idx(0x801, new int[] {3}, new byte[] {1, 2, 3});
        Manifest.Entry entry = new Manifest.Entry(
                "s", "l.gz", List.of(URI.create("http://x/")), 0, md5(IdxTest.gzip(labels)), md5(labels), false);
        Files.write(dir.resolve("l"), labels);
        assertFinding(entry, DataCheck.State.OK, "digest is right, inflated");
        write(IdxTest.gzip(labels));
        Files.write(dir.resolve("l"), new byte[] {9});
        assertFinding(entry, DataCheck.State.WRONG, "wrong digest (expected " + md5(labels) + ", got ");
        assertThatThrownBy(() -> new Downloader((file, bytes, total) -> {}).fetch(entry, dir))
                .hasMessage(dir.resolve("l") + " is damaged and would be read before l.gz; delete it, then run the same"
                        + " command again");
    }

    @Test
    void thePackagedManifestIsTheCommittedOne() {
        assertThat(Manifest.packaged()).isEqualTo(Manifest.read(MANIFEST));
    }

    @Test
    void theSharedSubsetIsRecognised() {
        Path data = TestData.dir();
        List<DataCheck.Finding> findings = Manifest.read(MANIFEST).files().stream()
                .map(file -> DataCheck.check(file, data))
                .toList();
        assertThat(findings.subList(0, 4)).allMatch(f -> f.state() == DataCheck.State.OK);
        assertThat(findings.get(4).detail()).matches("digest is right|other file, readable: 6617 images");
        assertThat(findings.get(5).detail()).matches("digest is right|other file, readable: 1209 images");
    }

    private void write(byte[] bytes) throws IOException {
        Files.write(dir.resolve("l.gz"), bytes);
    }

    private void assertFinding(Manifest.Entry entry, DataCheck.State state, String detail) {
        DataCheck.Finding finding = DataCheck.check(entry, dir);
        assertThat(finding.state()).isEqualTo(state);
        assertThat(finding.detail()).startsWith(detail);
    }

    private static Digest md5(byte[] bytes) throws IOException {
        return Digest.parse("md5:" + "0".repeat(32)).of(new ByteArrayInputStream(bytes));
    }
}
